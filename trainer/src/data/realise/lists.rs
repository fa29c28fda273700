//! Words and names that chosen values are made of again. Written for this project; lower case, letters only.

/// Words that occur in passwords, names and labels.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    "acorn", "adventure", "airplane", "album", "almond", "amber", "anchor", "angel", "animal", "antler", "apple",
    "april", "archer", "arctic", "arrow", "aspen", "atlas", "august", "autumn", "avocado", "baker", "balloon", "bamboo",
    "banana", "banjo", "barley", "barrel", "baseball", "basil", "basket", "battery", "beach", "beacon", "bean", "bear",
    "beauty", "beaver", "beer", "berry", "bicycle", "birch", "bird", "biscuit", "bishop", "black", "blanket",
    "blaze", "blossom", "blue", "boat", "bonfire", "book", "boulder", "bounce", "brave", "bread", "breeze", "brick",
    "bridge", "bright", "bronze", "brook", "bubble", "bucket", "buffalo", "butter", "button", "cabin", "cactus",
    "camel", "camera", "candle", "candy", "canyon", "captain", "caramel", "cargo", "carrot", "castle", "cedar",
    "champion", "chapel", "charge", "cheese", "cherry", "chicken", "chocolate", "cinnamon", "circle", "citrus",
    "city", "clever", "cliff", "cloud", "clover", "cobalt", "coconut", "coffee", "comet", "compass", "cookie", "copper",
    "coral", "corner", "cotton", "cougar", "country", "cowboy", "coyote", "crane", "cricket", "crimson", "crystal",
    "cyclone", "daisy", "dancer", "dark", "dawn", "december", "deer", "delta", "desert", "diamond", "doctor", "dog",
    "dolphin", "donkey", "dragon", "dragonfly", "dream", "drummer", "duck", "eagle", "early", "earth", "eclipse",
    "elephant", "ember", "emerald", "empire", "energy", "engine", "falcon", "family", "feather", "february", "fern",
    "fiddle", "finger", "fire", "fish", "flame", "flamingo", "flash", "flight", "flower", "football", "forest",
    "fountain", "fox", "free", "freedom", "friday", "friend", "frog", "frost", "future", "galaxy", "garden", "garlic",
    "gecko", "ginger", "giraffe", "glacier", "gold", "golden", "goose", "granite", "grape", "green", "guitar", "hammer",
    "happy", "harbor", "harvest", "hawk", "hazel", "heart", "heather", "helmet", "heron", "hill", "hockey", "honey",
    "horizon", "horse", "hotel", "house", "hunter", "iceberg", "indigo", "island", "ivory", "jacket", "jaguar", "january",
    "jasmine", "jazz", "jelly", "jewel", "journey", "jungle", "juniper", "kestrel", "kettle", "keyboard", "king", "kitchen",
    "kiwi", "knight", "koala", "ladder", "lagoon", "lake", "lantern", "laser", "lavender", "lemon", "leopard", "library",
    "light", "lilac", "lily", "lime", "lion", "lizard", "lobster", "lotus", "love", "lucky", "lunar", "magic", "magnet",
    "mango", "maple", "marble", "march", "market", "meadow", "melody", "melon", "mercury", "meteor", "midnight", "mint",
    "mirror", "monday", "money", "monkey", "moon", "morning", "mountain", "mouse", "music", "mustang", "nebula", "night",
    "ninja", "north", "november", "nugget", "oak", "oasis", "ocean", "october", "octopus", "olive", "onion", "orange",
    "orchard", "orchid", "otter", "owl", "oyster", "paddle", "palace", "palm", "panda", "panther", "papaya", "paper",
    "parrot", "peach", "peanut", "pebble", "pelican", "pencil", "penguin", "people", "pepper", "phoenix", "piano",
    "picture", "pigeon", "pilot", "pine", "pink", "pirate", "pizza", "planet", "player", "plum", "pocket", "polar",
    "popcorn", "potato", "power", "prairie", "princess", "prism", "puma", "pumpkin", "puppy", "purple", "puzzle", "quartz",
    "queen", "quick", "rabbit", "racer", "radio", "rainbow", "ranger", "raven", "red", "redwood", "ribbon", "river",
    "road", "robot", "rocket", "rocky", "rose", "ruby", "saddle", "safari", "saffron", "sailor", "salmon", "sapphire",
    "saturday", "saturn", "scooter", "season", "shadow", "shark", "shelter", "shoes", "silver", "simple", "sky", "smart",
    "snow", "soccer", "sonic", "south", "spark", "sparrow", "speed", "spider", "spring", "square", "squirrel",
    "star", "stone", "storm", "story", "street", "strong", "student", "sugar", "summer", "sun", "sunday", "sunny",
    "sunset", "sunshine", "super", "superman", "swan", "sweet", "table", "talon", "tango", "tea", "teapot", "temple",
    "thunder", "tiger", "timber", "toast", "tomato", "topaz", "tower", "trail", "travel", "tree", "trumpet", "tulip",
    "tundra", "turtle", "umbrella", "valley", "vanilla", "velvet", "village", "violet", "violin", "voice", "volcano",
    "voyage", "waffle", "walnut", "walrus", "water", "wave", "weather", "welcome", "west", "whale", "white", "wild",
    "willow", "wind", "window", "winner", "winter", "wizard", "wolf", "wonder", "world", "yellow", "yogurt", "zebra", "zephyr",
];

/// Names of people and places, of several languages.
#[rustfmt::skip]
pub(super) const NAMES: &[&str] = &[
    "aaron", "abigail", "adriana", "aisha", "alberto", "alexei", "alina", "amelie", "ananya", "andrea", "anita", "antonio",
    "arjun", "astrid", "athens", "barbara", "beatriz", "berlin", "bianca", "boris", "boston", "brandon", "bruno",
    "carla", "carlos", "carmen", "chandra", "chloe", "claudia", "connor", "dalia", "damian", "danilo", "darius", "deepak",
    "denver", "diego", "dimitri", "dublin", "edgar", "eduardo", "elena", "emilia", "enrique", "erika", "esther", "fabian",
    "farah", "fatima", "felix", "fernando", "fiona", "florence", "francesca", "gabriel", "geneva", "gloria", "goran",
    "greta", "gustavo", "hannah", "hassan", "helena", "hiroshi", "hugo", "ibrahim", "ingrid", "irina", "isabel", "ivan",
    "jakob", "jasper", "javier", "joanna", "jonas", "julian", "kamila", "karim", "katarina", "kenji", "khalid", "kyoto",
    "larissa", "lars", "leila", "leon", "lisbon", "lorenzo", "lucia", "ludwig", "madrid", "magda", "malik", "manuel",
    "marco", "mariana", "marta", "mateo", "matilda", "melissa", "miguel", "milano", "mirko", "mohan", "monica", "nadia",
    "nairobi", "natasha", "nelson", "nikolai", "nina", "norbert", "octavia", "olga", "oliver", "osaka", "oscar", "oslo",
    "pablo", "pamela", "patrick", "paula", "pavel", "petra", "philip", "prague", "priya", "quentin", "rafael", "ramona",
    "ravi", "rebecca", "ricardo", "rohan", "roland", "rosa", "samira", "samuel", "sandra", "sanjay", "santiago", "selma",
    "sergei", "seville", "simone", "sofia", "stefan", "sunil", "svetlana", "sydney", "takashi", "tamara", "tatiana",
    "teresa", "tobias", "tokyo", "tomas", "ursula", "valentina", "vanessa", "vera", "victor", "vienna", "viktor", "vincent",
    "warsaw", "wilhelm", "xavier", "yasmin", "yolanda", "yusuf", "zagreb", "zainab", "zoltan", "zurich",
];

/// Words that say what a value is or what it is for; they identify nobody and decide its class, so they stay.
#[rustfmt::skip]
pub(super) const TELLING: &[&str] = &[
    "access", "account", "admin", "administrator", "api", "apikey", "app", "auth", "backup", "bar", "basic", "baz", "bearer",
    "change", "changeit", "changeme", "client", "code", "cookie", "cred", "credential", "credentials", "database", "db", "default",
    "demo", "dev", "development", "dummy", "encryption", "example", "fake", "foo", "foobar", "guest", "hash", "here",
    "insecure", "invalid", "jwt", "key", "letmein", "local", "localhost", "login", "master", "mock", "mongo", "my",
    "mysql", "new", "none", "oauth", "old", "oracle", "pass", "passphrase", "passw", "passwd", "password", "passwords", "passwort",
    "pg", "phrase", "placeholder", "postgres", "postgresql", "private", "prod", "production", "public", "pw", "pwd", "rabbitmq",
    "random", "redis", "root", "salt", "sample", "secret", "secretkey", "secrets", "secure", "server", "service", "session",
    "shared", "sign", "signing", "some", "staging", "string", "strong", "super", "supersecret", "system", "temp",
    "test", "tester", "testing", "tests", "the", "this", "tmp", "token", "tokens", "user", "username", "users", "value", "very",
    "weak", "web", "word", "wrong", "your",
];

/// Walks over a keyboard.
#[rustfmt::skip]
pub(super) const WALKS: &[&str] = &[
    "qwer", "asdf", "zxcv", "wert", "sdfg", "xcvb", "poiu", "lkjh", "mnbv", "qaz", "wsx", "edc", "rfv", "qwert", "asdfg",
    "zxcvb", "trewq", "hjkl", "uiop", "yuiop", "qazwsx", "wsxedc", "edcrfv", "asdfgh", "zxcvbn", "ytrewq", "asdfjkl",
    "zaqxsw", "dfghjkl", "qwertyu", "asdfghj", "zxcvbnm", "poiuytr", "mnbvcxz", "qwertyuiop", "asdfghjkl", "poiuytrewq",
    "lkjhgfdsa", "qazwsxedc", "plokijuh", "azerty", "qwertz", "yxcvbn", "qsdfgh",
    "1qaz", "2wsx", "3edc", "1qaz2wsx", "2wsx3edc", "1qazxsw2", "zaq12wsx", "xsw23edc", "zaq1xsw2", "3edc4rfv", "q1w2e3", "a1s2d3",
    "q1w2e3r4", "a1s2d3f4", "1q2w3e", "1q2w3e4r", "1q2w3e4r5t", "1a2s3d", "1a2s3d4f", "1z2x3c4v", "z1x2c3v4",
];

/// True if `word` (lower case) is in a sorted list.
pub(super) fn is_telling(word: &str) -> bool {
    TELLING.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_clean() {
        for list in [WORDS, NAMES, TELLING] {
            for pair in list.windows(2) {
                assert!(pair[0] < pair[1], "{pair:?}");
            }
            assert!(list.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase())));
        }
    }
}
