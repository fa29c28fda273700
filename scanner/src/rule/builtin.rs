//! The rule files of this crate, embedded.

/// Lists the files of `scanner/rules` by stem.
macro_rules! files {
    ($($stem:literal)*) => {
        &[$((
            concat!($stem, ".toml"),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scanner/rules/", $stem, ".toml")),
        )),*]
    };
}

/// Name and text of every file; sorted by name.
pub(super) static FILES: &[(&str, &str)] = files![
    "ably" "abstractapi" "abuseipdb" "accuweather" "adafruit" "adobe" "adyen" "age" "agora" "airbrake"
    "airbyte" "airtable" "aiven" "akamai" "alchemy" "algolia" "alibaba" "alienvault" "alpaca" "alphavantage"
    "amadeus" "amazon" "amplitude" "anaconda" "anthropic" "apify" "apilayer" "apollo" "appsignal" "appveyor"
    "appwrite" "arcgis" "asaas" "asana" "assemblyai" "atlassian" "auth0" "aws" "axiom" "azure" "backblaze"
    "baidu" "bannerbear" "baseten" "beamer" "betterstack" "bigcommerce" "binance" "bing" "bitfinex" "bitly"
    "bitmex" "bitrise" "bitwarden" "blockfrost" "box" "branch" "braze" "brevo" "browserbase" "browserstack"
    "bugsnag" "buildbuddy" "buildkite" "bunny" "buttercms" "buttondown" "bybit" "calcom" "carto" "cashfree"
    "census" "censys" "cerebras" "chargebee" "chatwork" "checkly" "checkout" "chroma" "circleci" "civo"
    "clarifai" "clearbit" "clerk" "clickhouse" "clicksend" "clickup" "clockify" "clojars" "close" "cloudflare"
    "cloudinary" "cloudsmith" "cockroach" "codacy" "codeclimate" "codecov" "codefresh" "cohere" "coinapi"
    "coinbase" "coingecko" "coinmarketcap" "comet" "commercetools" "configcat" "confluent" "consul"
    "contentful" "convex" "copper" "coralogix" "courier" "coveralls" "crates-io" "crawlbase" "crisp" "crowdin"
    "crowdstrike" "cryptocompare" "cursor" "customerio" "daily" "dashscope" "databento" "databricks" "datadog"
    "datastax" "datocms" "dbt" "deepgram" "deepinfra" "deepl" "deepseek" "defined" "delighted" "deno"
    "dependencytrack" "detectify" "devcycle" "dialog360" "dify" "digitalocean" "discord" "discourse" "disqus"
    "django" "dnsimple" "dnsmadeeasy" "docker" "docusign" "doppler" "drone" "dropbox" "dub" "duckdns" "duffel"
    "duo" "dwolla" "dynatrace" "e2b" "easypost" "ebay" "edamam" "elastic" "elasticemail" "elevenlabs" "elks46"
    "emailoctopus" "endorlabs" "etherscan" "etsy" "eventbrite" "everhour" "exa" "exchangerateapi" "exoscale"
    "expo" "facebook" "fal" "fastly" "fauna" "figma" "finicity" "finnhub" "firecrawl" "firehydrant"
    "fireworks" "fivetran" "flagsmith" "flickr" "flightaware" "flutterwave" "fly" "fmp" "followupboss"
    "fontawesome" "fossa" "foursquare" "frameio" "freepik" "freshbooks" "freshdesk" "fullstory" "gcp"
    "generic" "geoapify" "geocodio" "getstream" "ghost" "giphy" "gitea" "gitguardian" "github" "gitlab"
    "gocardless" "godaddy" "grafana" "graphhopper" "greynoise" "groq" "growthbook" "gtmetrix" "guardian"
    "gumroad" "hackage" "harness" "harvest" "hcp" "helicone" "helpscout" "here" "heroku" "hetzner" "hibp"
    "highlevel" "honeybadger" "honeycomb" "huawei" "hubspot" "huggingface" "hume" "hunter" "hypixel" "ibm"
    "ifttt" "imagekit" "imgbb" "imgur" "infisical" "influxdb" "infobip" "infracost" "infura" "inngest"
    "insightly" "intercom" "intra42" "ionos" "ip2location" "ipdata" "ipgeolocation" "ipinfo" "ipregistry"
    "iterable" "jdoodle" "jenkins" "jetbrains" "jfrog" "jina" "jotform" "jumpcloud" "jwt" "kaggle" "keeper"
    "keygen" "keys" "kickbox" "kit" "klarna" "klaviyo" "knock" "kong" "koyeb" "kraken" "kubernetes" "kucoin"
    "lacework" "lago" "lambda" "lambdatest" "langfuse" "langsmith" "laravel" "lark" "launchdarkly" "lemlist"
    "line" "linear" "linkedin" "linode" "liveblocks" "livekit" "llamaindex" "lob" "locationiq" "loggly"
    "logzio" "lokalise" "looker" "loops" "loqate" "lunchmoney" "magento" "mailchimp" "mailersend" "mailgun"
    "mailjet" "mailosaur" "mailtrap" "make" "mapbox" "mapillary" "maptiler" "marketo" "materialize" "matomo"
    "matrix" "mattermost" "maxmind" "meilisearch" "mem0" "meraki" "mercadopago" "mercury" "meshy"
    "messagebird" "metabase" "mezmo" "midtrans" "mistral" "mixpanel" "modal" "mollie" "mongodb" "moonshot"
    "moosend" "moralis" "msg91" "mux" "namecheap" "namecom" "nango" "nasa" "nasdaq" "ncbi" "neon" "netbird"
    "netbox" "netlify" "netsuite" "newrelic" "newsapi" "nextcloud" "nextdns" "ngrok" "nightfall" "nlpcloud"
    "nomad" "nomic" "nordigen" "nostr" "notion" "novita" "novu" "npm" "ns1" "nuget" "nutritionix" "nvidia"
    "nylas" "oanda" "octopus" "okta" "omise" "oneinch" "onelogin" "onepassword" "onesignal" "onfido" "openai"
    "opencage" "opencollective" "openexchangerates" "openrouter" "opensea" "openshift" "openvsx" "openweather"
    "optimizely" "oracle" "ory" "outline" "ovh" "packagecloud" "packagist" "paddle" "pagerduty" "pandadoc"
    "papertrail" "parseur" "particle" "patreon" "paypal" "paystack" "pdfshift" "pendo" "percy" "perplexity"
    "persona" "pexels" "phabricator" "phrase" "pinata" "pinecone" "pingdom" "pinterest" "pipedrive" "pixabay"
    "plaid" "plane" "planetscale" "plausible" "plivo" "polar" "polygon" "porkbun" "postgrid" "posthog"
    "postman" "postmark" "prefect" "prerender" "producthunt" "promptlayer" "proxmox" "pubnub" "pulsedive"
    "pulumi" "pushbullet" "pusher" "pushover" "pypi" "pythonanywhere" "qase" "qiniu" "qualtrics" "quay"
    "quickbooks" "quicknode" "rails" "railway" "ramp" "rapidapi" "raygun" "razorpay" "readme" "rebrandly"
    "recharge" "recurly" "redash" "reddit" "redis" "removebg" "render" "replicate" "resend" "restdb" "retool"
    "revai" "revenuecat" "riot" "roblox" "roboflow" "rollbar" "rootly" "route4me" "rubygems" "rudderstack"
    "runpod" "runway" "salesforce" "sambanova" "samsara" "sanity" "saucelabs" "scale" "scaleway" "scalingo"
    "scraperapi" "scrapingbee" "securitytrails" "segment" "semanticscholar" "semgrep" "sendbird" "sendgrid"
    "sendpulse" "sentinelone" "sentry" "serpapi" "serper" "shipengine" "shippo" "shipstation" "shodan"
    "shopify" "shortcut" "shutterstock" "sidekiq" "sightengine" "signalwire" "siliconflow" "sixsense" "slack"
    "smartsheet" "snowflake" "snyk" "socket" "sonar" "soundcloud" "sourcegraph" "spacelift" "sparkpost"
    "speechmatics" "splunk" "spoonacular" "spotify" "spotinst" "square" "squarespace" "stability" "stackhawk"
    "statsig" "statuspage" "steam" "stormglass" "storyblok" "strava" "stripe" "stytch" "sumologic" "sumsub"
    "sumup" "supabase" "svix" "swaggerhub" "sysdig" "tableau" "tailscale" "tally" "tatum" "tavily" "taxjar"
    "teamcity" "teams" "teamwork" "telegram" "telnyx" "tenable" "tencent" "terraform-cloud" "testingbot"
    "textmagic" "theoddsapi" "thethingsnetwork" "thingspeak" "thousandeyes" "threescale" "ticketmaster"
    "tiingo" "tinify" "tmdb" "todoist" "together" "toggl" "tolgee" "tomtom" "transifex" "travis" "trigger"
    "tripadvisor" "truelayer" "tuya" "twelvedata" "twilio" "twitch" "twitter" "twocaptcha" "typeform"
    "typesense" "ubidots" "unity" "unkey" "unleash" "unsplash" "up" "upcloud" "uploadcare" "uploadthing"
    "upstash" "uptimerobot" "urlscan" "v0" "valtown" "vapi" "vastai" "vault" "vectara" "venafi" "veracode"
    "vercel" "veriff" "viber" "vimeo" "virustotal" "visualcrossing" "vk" "voiceflow" "volcengine" "vonage"
    "voyage" "vtex" "vultr" "wakatime" "wallet" "wandb" "wavefront" "weatherapi" "weatherbit" "webex"
    "webflow" "weblate" "webshare" "wechat" "what3words" "whoisxml" "wise" "wistia" "wit" "wiz" "wolfram"
    "woocommerce" "wordpress" "workos" "wpscan" "wundergraph" "xai" "xata" "xendit" "xero" "yandex" "yelp"
    "yext" "ynab" "you" "yousign" "zapier" "zendesk" "zenrows" "zenserp" "zerobounce" "zerossl" "zerotier"
    "zhipu" "zipcodeapi" "zoho" "zoom" "zulip" "zuplo"
];

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn every_file_of_the_folder_is_listed() {
        let folder =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scanner/rules")).expect("the folder");
        let mut names: Vec<String> = folder
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("an ASCII name"))
            .collect();
        names.sort();
        let listed: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, names);
    }

    #[test]
    fn the_family_of_a_file_is_its_stem() {
        for (name, text) in FILES {
            let stem = name.trim_end_matches(".toml");
            assert!(text.contains(&format!("\nfamily = \"{stem}\"\n")), "{name}");
        }
    }
}
