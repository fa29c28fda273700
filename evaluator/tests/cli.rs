//! The program, from the command line to its exit code, on a made-up collection.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A collection of two repositories of the training split with their checkouts.
struct World {
    folder: TempDir,
    secret: String,
}

/// `data/<repo>/src/<file id><ext>` of a path.
fn labelled(repo: &str, path: &str) -> String {
    let extension =
        Path::new(path).extension().map_or(String::new(), |e| format!(".{}", e.to_string_lossy()));
    format!("data/{repo}/src/{}{extension}", trainer::data::checkout::file_id(path))
}

impl World {
    fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().expect("a folder"),
            secret: ["Kestrel#", "Harbor91"].concat(),
        };
        let secret = &world.secret;
        // A password, an old Mac's line break before another, an unlabelled one, and a harmless label.
        world.write("src/0401c075/app/settings.py", &format!("DB_PASSWORD = \"{secret}\"\n"));
        world.write("src/0401c075/mac.py", &format!("# a\rDB_PASSWORD = \"{secret}\"\n"));
        world.write("src/0401c075/other.py", &format!("API_PASSWORD = \"{secret}x\"\n"));
        world.write("src/0401c075/text.py", "PASSWORD_HINT = \"Enter the password of your account\"\n");
        // Nothing finds this one: the candidate stage's miss.
        world.write("src/0436af4a/words.txt", "the horse is called marigold\n");
        world.write(
            "data/repositories.csv",
            "repo_id,github,commit,true_rows,labelled_rows\n0401c075,a/b,0,1,1\n0436af4a,c/d,0,1,1\n",
        );
        let end = 15 + secret.len();
        let rows = [
            format!("{},1,15,{end},T,Password,real,95", labelled("0401c075", "app/settings.py")),
            format!("{},2,15,{end},T,Password,weak,95", labelled("0401c075", "mac.py")),
            format!("{},1,17,51,F,Password,not,95", labelled("0401c075", "text.py")),
            format!("{},1,20,28,T,Password,real,95", labelled("0436af4a", "words.txt")),
            format!("{},1,20,28,T,Password,real,95", labelled("0436af4a", "gone.txt")),
        ];
        let header = "path,line,value_start,value_end,credata_truth,category,class,confidence\n";
        world.write("data/classes.csv", &(header.to_owned() + &rows.join("\n") + "\n"));
        let header =
            "Id,FileID,Domain,RepoName,FilePath,LineStart,LineEnd,GroundTruth,ValueStart,ValueEnd,Category\n";
        world.write("data/meta/0401c075.csv", header);
        world.write("data/meta/0436af4a.csv", header);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }

    fn evaluator(&self) -> Command {
        let mut command = Command::cargo_bin("evaluator").expect("built");
        command.current_dir(self.folder.path());
        command
    }

    fn collection(&self, more: &[&str]) -> Command {
        let mut command = self.evaluator();
        command.args(["collection", "--collection", "data", "--checkouts", "src", "--split", "dev"]);
        command.args(["--threads", "1", "--resamples", "1000"]).args(more);
        command
    }
}

/// The figure of a system over all items.
fn figure(report: &Value, system: usize, metric: &str, slice: &str) -> f64 {
    figure_in("all", &report["systems"][system], metric, slice)
}

/// The figure of the first system in a scope.
fn scoped(report: &Value, scope: &str, metric: &str, slice: &str) -> f64 {
    figure_in(scope, &report["systems"][0], metric, slice)
}

fn figure_in(scope: &str, system: &Value, metric: &str, slice: &str) -> f64 {
    let measures = system["measures"].as_array().expect("a list");
    let found = measures.iter().find(|m| m["scope"] == scope && m["metric"] == metric && m["slice"] == slice);
    found.and_then(|m| m["value"].as_f64()).unwrap_or(f64::NAN)
}

#[track_caller]
fn close(got: f64, wanted: f64) {
    assert!((got - wanted).abs() < 1e-9, "{got} is not {wanted}");
}

#[test]
fn a_collection_is_measured_end_to_end() {
    let world = World::new();
    let run = world.collection(&["--preset", "balanced,recall", "--format", "json", "--output", "r.json"]);
    let output = { run }.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!text.contains(&world.secret), "a value is in the report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(std::fs::read_to_string(world.path("r.json")).expect("written"), text);

    close(figure(&report, 0, "recall", "class=real"), 0.5);
    close(figure(&report, 0, "recall", "class=weak"), 1.0);
    close(figure(&report, 0, "precision", "all"), 1.0);
    close(figure(&report, 0, "false_positive_rate", "class=not"), 0.0);
    let counts = &report["systems"][0]["counts"];
    assert_eq!((&counts["unlabelled"], &counts["findings"]), (&Value::from(1), &Value::from(3)));
    assert_eq!(report["dataset"]["counts"]["labels without a file"], 1);
    assert_eq!(report["comparisons"][0]["items"], 4);
}

#[test]
fn readers_labels_are_measured_apart_with_their_weights() {
    let world = World::new();
    let end = 16 + world.secret.len() + 1;
    let header = "repo,commit,path,line,start,end,class,reason,weight\n";
    world.write(
        "read.csv",
        &format!("{header}a/b,0,other.py,1,16,{end},not,read,3\na/b,0,gone.py,1,0,3,not,,1\n"),
    );
    let run = |more: &[&str]| -> Value {
        let output = world.collection(&["--format", "json"]).args(more).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let (plain, read) = (run(&[]), run(&["--reader-labels", "read.csv"]));
    // Two labelled credentials are found, and a reader's harmless value that stands for three.
    close(scoped(&read, "readers", "precision", "all"), 0.4);
    close(scoped(&read, "readers", "precision", "source=collection"), 1.0);
    close(scoped(&read, "readers", "precision", "source=reader"), 0.0);
    // Two fifths of what is reported, by weight, at probabilities far above that.
    assert!(scoped(&read, "readers", "ece", "reported") > 0.1);
    for (metric, slice) in [("precision", "all"), ("recall", "class=real"), ("ece", "all")] {
        close(scoped(&read, "capped", metric, slice), scoped(&plain, "capped", metric, slice));
    }
    let counts = &read["systems"][0]["counts"];
    assert_eq!(counts["findings that readers' labels stand for"], 3);
    assert_eq!(counts["findings without any label"], 0);
    assert_eq!(read["dataset"]["counts"]["labels without a file"], 2);
    assert!(read["scopes"]["readers"].is_string() && plain["scopes"].get("readers").is_none());
    assert!(
        plain["systems"][0]["measures"].as_array().is_some_and(|m| m.iter().all(|m| m["scope"] != "readers"))
    );
}

#[test]
fn outcomes_counts_and_scopes_are_told() {
    let world = World::new();
    let text = world.collection(&[]).output().expect("it runs").stdout;
    let text = String::from_utf8(text).expect("UTF-8");
    for part in [
        "Confusion",
        "what each class is told as",
        "Threshold by threshold",
        "Scope values only (every label of",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let output = world.collection(&["--format", "json"]).output().expect("it runs").stdout;
    let report: Value = serde_json::from_slice(&output).expect("JSON");
    let tables = &report["systems"][0]["tables"];
    let all = &tables["confusion"]["all"];
    assert_eq!((&all["true_alerts"], &all["misses"]), (&Value::from(2.0), &Value::from(1.0)));
    assert_eq!(tables["outcomes"]["real"]["leak"], 1);
    assert_eq!(tables["outcomes"]["real"]["safe"], 1);
    // The collection calls it weak, the scanner a leak.
    assert_eq!(tables["outcomes"]["weak"]["leak"], 1);
    close(scoped(&report, "all", "right_outcome", "all"), 0.5);
}

#[test]
fn a_model_measured_on_its_training_is_said_and_fails_the_gate() {
    let world = World::new();
    let run = world.collection(&["--judge", "features", "--format", "json", "--output", "r.json"]).output();
    let run = run.expect("it runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let loud = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(loud.contains("LEAKAGE: 2 of the 2 repositories") && loud.contains("0401c075"), "{loud}");
    world.write(
        "gate.toml",
        "version = 1\n[systems.collection]\nshipped = \"features/balanced\"\n[systems.set]\nshipped = \"score/balanced\"\n\
         [frozen]\nseed = 1\neach = 1\nscores = [\"score\"]\n\
         [[limit]]\nname = \"recall\"\nwhy = \"misses cost\"\nform = \"full\"\nkind = \"collection\"\n\
         metric = \"recall\"\nat_least = 0.0\n",
    );
    let gate = world.evaluator().args(["gate", "gate.toml", "--set", "full", "--results", "r.json"]).output();
    let gate = gate.expect("it runs");
    assert_eq!(gate.status.code(), Some(1));
    let text = String::from_utf8_lossy(&gate.stdout).into_owned();
    assert!(text.contains("on 2 repositories of its training"), "{text}");
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let world = World::new();
    let run = || {
        let output = world.collection(&["--format", "json"]).output().expect("it runs").stdout;
        let mut report: Value = serde_json::from_slice(&output).expect("JSON");
        report["systems"][0]["counts"]["milliseconds"] = 0.into();
        report
    };
    assert_eq!(run(), run());
}

#[test]
fn runs_are_stored_listed_and_compared() {
    let world = World::new();
    for _ in 0..2 {
        world.collection(&["--db", "results.db", "--experiment", "trial"]).assert().success();
    }
    let listed = world.evaluator().args(["runs", "--db", "results.db"]).assert().success();
    let listed = String::from_utf8(listed.get_output().stdout.clone()).expect("UTF-8");
    assert!(listed.contains("trial") && listed.contains("off/balanced"), "{listed}");
    let compared = world.evaluator().args(["compare", "--db", "results.db", "1", "2"]).assert().success();
    let compared = String::from_utf8(compared.get_output().stdout.clone()).expect("UTF-8");
    assert!(compared.contains("0 decisions changed"), "{compared}");
    let bytes = std::fs::read(world.path("results.db")).expect("there");
    assert!(
        !bytes.windows(8).any(|part| part == &world.secret.as_bytes()[..8]),
        "a value is in the database"
    );
}

#[test]
fn the_full_gate_holds_results_against_limits() {
    let world = World::new();
    world.collection(&["--output", "r.json"]).assert().success();
    let gate = |least: f64| {
        format!(
            "version = 1\n[systems.collection]\nshipped = \"off/balanced\"\n[systems.set]\nshipped = \"score/balanced\"\n\
             [frozen]\nseed = 1\neach = 1\nscores = [\"score\"]\n\
             [[limit]]\nname = \"recall\"\nwhy = \"misses cost\"\nform = \"full\"\nkind = \"collection\"\n\
             metric = \"recall\"\nslice = \"class=real\"\nat_least = {least:.2}\n"
        )
    };
    let run = |least: f64| {
        world.write("gate.toml", &gate(least));
        world
            .evaluator()
            .args(["gate", "gate.toml", "--set", "full", "--results", "r.json"])
            .output()
            .expect("runs")
    };
    let passing = run(0.5);
    assert_eq!(passing.status.code(), Some(0), "{}", String::from_utf8_lossy(&passing.stdout));
    let failing = run(0.9);
    assert_eq!(failing.status.code(), Some(1));
    let text = String::from_utf8_lossy(&failing.stdout).into_owned();
    assert!(text.contains("recall (misses cost): 0.5000, wanted at least 0.9"), "{text}");
}

#[test]
fn wrong_input_is_named() {
    let world = World::new();
    let error = |command: &mut Command| {
        let output = command.output().expect("it runs");
        assert_ne!(output.status.code(), Some(0));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(error(&mut world.collection(&["--repository", "nobody"])).contains("nobody"));
    std::fs::remove_dir_all(world.path("src/0436af4a")).expect("removed");
    assert!(error(&mut world.collection(&[])).contains("--checkouts"));
    world.write(
        "data/classes.csv",
        "path,line,value_start,value_end,credata_truth,category,class,confidence\nx,1,2,3,T,P,real,9\n",
    );
    let text = error(&mut world.collection(&[]));
    assert!(text.contains("classes.csv") && text.contains("line 2"), "{text}");
    let text = error(world.evaluator().args(["set", "--set", "none.jsonl"]));
    assert!(text.contains("none.jsonl") && text.contains("trainer data build"), "{text}");
}

#[test]
fn the_projects_gate_passes_on_the_frozen_set() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::cargo_bin("evaluator").expect("built");
    let run = ["gate", "models/gate.toml", "--previous", "models/results.json"];
    let run = command.current_dir(root).args(run).output().expect("it runs");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{}", text.rsplit("the gate").next().unwrap_or_default());
}
