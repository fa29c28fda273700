//! The recipes of `docs/fleet/` and `docs/ci.md`: they are YAML, they name what exists, and their commands do what they say.

use std::path::Path;
use std::process::{Command, Output};

use yaml_rust2::{Yaml, YamlLoader};

use crate::fixture::{Fixture, password};

fn documents(name: &str) -> Vec<Yaml> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fleet").join(name);
    let text = std::fs::read_to_string(file).expect("the recipe");
    YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn text(yaml: &Yaml) -> String {
    yaml.as_str().unwrap_or_else(|| panic!("no text: {yaml:?}")).to_owned()
}

/// Runs a recipe's shell lines as the platform does, with the tested program on the path.
fn shell(fixture: &Fixture, script: &str, variables: &[(&str, String)]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_secretscan"));
    let folder = program.parent().expect("a folder").display().to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-euc", script])
        .current_dir(fixture.path())
        .env_clear()
        .env("PATH", format!("{folder}:{path}"))
        .env("HOME", fixture.home())
        .envs(variables.iter().map(|(name, value)| (*name, value.as_str())))
        .output()
        .expect("sh starts")
}

fn tree() -> Fixture {
    let fixture = Fixture::new();
    for n in 0..20 {
        fixture.write(&format!("src/app{n}.py"), format!("db_password = '{}{n}'\n", password()));
    }
    fixture
}

fn assert_runs(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

/// Runs a shard on a machine of its own, and brings its report over as an artefact.
fn scan_elsewhere(script: &str, variables: &[(&str, String)], report: &str, merging: &Fixture) {
    let machine = tree();
    assert_runs(&shell(&machine, script, variables));
    std::fs::copy(machine.path().join(report), merging.path().join(report)).expect("the report");
}

/// The merge found everything, and exits as a run does.
fn assert_found(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said.contains("20 findings") || said.matches("::error").count() == 10, "{said}");
}

#[test]
fn the_kubernetes_job_scans_all_parts_and_the_second_job_merges_them() {
    let documents = documents("kubernetes.yaml");
    let [scan, merge] = documents.as_slice() else { panic!("two jobs") };
    for job in [scan, merge] {
        assert_eq!((text(&job["apiVersion"]), text(&job["kind"])), ("batch/v1".to_owned(), "Job".to_owned()));
        let pod = &job["spec"]["template"]["spec"];
        let volumes: Vec<String> =
            pod["volumes"].as_vec().expect("volumes").iter().map(|volume| text(&volume["name"])).collect();
        for mount in pod["containers"][0]["volumeMounts"].as_vec().expect("mounts") {
            assert!(volumes.contains(&text(&mount["name"])), "{mount:?}");
        }
        assert_eq!(pod["containers"][0]["command"][1].as_str(), Some("-euc"));
    }
    let spec = &scan["spec"];
    assert_eq!(spec["completionMode"].as_str(), Some("Indexed"));
    let count = spec["completions"].as_i64().expect("a number");
    let container = |job: &Yaml| job["spec"]["template"]["spec"]["containers"][0].clone();
    let shards = container(scan)["env"]
        .as_vec()
        .expect("variables")
        .iter()
        .find(|it| it["name"].as_str() == Some("SHARDS"))
        .map(|it| text(&it["value"]));
    assert_eq!(shards, Some(count.to_string()), "SHARDS is the number of completions");

    let fixture = tree();
    let reports = tempfile::tempdir().expect("a folder");
    let variables = |index: i64| {
        [
            ("TREE", fixture.path().display().to_string()),
            ("REPORTS", reports.path().display().to_string()),
            ("SHARDS", count.to_string()),
            ("JOB_COMPLETION_INDEX", index.to_string()),
        ]
    };
    let script = text(&container(scan)["args"][0]);
    for index in 0..count {
        assert_runs(&shell(&fixture, &script, &variables(index)));
    }
    let script = text(&container(merge)["args"][0]);
    assert_found(&shell(&fixture, &script, &variables(0)));
    assert!(reports.path().join("secrets.html").is_file());
    std::fs::remove_file(reports.path().join("3.json")).expect("a report");
    assert_eq!(shell(&fixture, &script, &variables(0)).status.code(), Some(3), "a lost pod is noticed");
}

#[test]
fn the_github_matrix_scans_all_parts_and_the_last_job_merges_them() {
    let workflow = &documents("github.yml")[0];
    let steps = |job: &str| workflow["jobs"][job]["steps"].as_vec().expect("steps").clone();
    let named = |job: &str, name: &str| {
        steps(job)
            .into_iter()
            .find(|step| step["name"].as_str() == Some(name))
            .unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(text(&workflow["permissions"]["contents"]), "read");
    assert_eq!(workflow["jobs"]["merge"]["needs"].as_str(), Some("scan"));
    let shards = workflow["jobs"]["scan"]["strategy"]["matrix"]["shard"].as_vec().expect("a matrix").clone();
    let scan = named("scan", "Scan");
    assert_eq!(text(&scan["env"]["SHARD"]), "${{ matrix.shard }}/${{ strategy.job-total }}");
    for step in steps("scan").iter().chain(&steps("merge")) {
        let script = step["run"].as_str().unwrap_or_default();
        assert!(!script.contains("${{"), "an expression in a script is an injection: {script}");
    }
    let fixture = tree();
    for shard in &shards {
        let shard = shard.as_i64().expect("a number");
        let (part, report) = (format!("{shard}/{}", shards.len()), format!("secrets-{shard}.json"));
        scan_elsewhere(&text(&scan["run"]), &[("SHARD", part)], &report, &fixture);
    }
    let summary = fixture.home().join("summary.md");
    let merge = text(&named("merge", "Merge")["run"]);
    assert_found(&shell(&fixture, &merge, &[("GITHUB_STEP_SUMMARY", summary.display().to_string())]));
    assert!(std::fs::read_to_string(summary).expect("a summary").contains("## secretscan: 20 findings"));
}

#[test]
fn the_gitlab_jobs_scan_all_parts_and_the_last_one_merges_them() {
    let pipeline = &documents("gitlab.yml")[0];
    let count = pipeline["scan"]["parallel"].as_i64().expect("a number");
    let fixture = tree();
    let scan = text(&pipeline["scan"]["script"][0]);
    for index in 1..=count {
        let variables = [("CI_NODE_INDEX", index.to_string()), ("CI_NODE_TOTAL", count.to_string())];
        scan_elsewhere(&scan, &variables, &format!("secrets-{index}.json"), &fixture);
    }
    assert_found(&shell(&fixture, &text(&pipeline["merge"]["script"][0]), &[]));
    let reports = &pipeline["merge"]["artifacts"]["reports"];
    for report in [&reports["codequality"], &reports["junit"]] {
        assert!(fixture.path().join(text(report)).is_file(), "{report:?}");
    }
}

/// A section of `docs/ci.md`.
fn section(title: &str) -> String {
    let page =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci.md")).expect("the page");
    let (_, after) =
        page.split_once(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("no section {title}"));
    after.split("\n## ").next().expect("one").to_owned()
}

/// The first block of code in `section` that is marked so.
fn code(section: &str, language: &str) -> String {
    let (_, after) = section.split_once(&format!("```{language}\n")).expect("a block");
    after.split_once("```").expect("its end").0.to_owned()
}

/// A clone: an old leak on `main`, and on the branch that is checked out one that was added and taken away again.
fn branch() -> Fixture {
    let fixture = Fixture::new();
    let commit = |message: &str| {
        fixture.git(&["add", "."]);
        fixture.git(&["commit", "-qm", message]);
    };
    fixture.git(&["init", "-q", "-b", "main"]);
    fixture.write("old.py", format!("db_password = '{}'\n", password()));
    commit("old");
    fixture.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    fixture.git(&["checkout", "-q", "-b", "side"]);
    fixture.write("new.py", format!("db_password = '{}2'\n", password()));
    commit("new");
    fixture.write("new.py", "x = 1\n");
    commit("taken away");
    fixture
}

#[test]
fn the_gitlab_job_judges_a_merge_request_by_its_commits_and_a_branch_by_its_tree() {
    let job = YamlLoader::load_from_str(&code(&section("GitLab"), "yaml")).expect("YAML").remove(0);
    let job = &job["secrets"];
    assert_eq!(text(&job["variables"]["GIT_DEPTH"]), "0", "the commits must be there");
    assert_eq!(text(&job["image"]["entrypoint"][0]), "", "GitLab brings its own shell");
    assert_eq!(text(&job["artifacts"]["when"]), "always", "findings fail the job");
    let script = text(&job["script"][0]);
    let report = text(&job["artifacts"]["reports"]["codequality"]);
    let fixture = branch();
    let base = fixture.git(&["rev-parse", "main"]).trim().to_owned();
    for (variable, expected, other) in [
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "new.py", "old.py"),
        // Of a branch's pipeline the variable is not there: as GitLab's shell, without `-u`.
        ("CI_COMMIT_BRANCH", "old.py", "new.py"),
    ] {
        let run = shell(&fixture, &format!("set +u\n{script}"), &[(variable, base.clone())]);
        let said = String::from_utf8_lossy(&run.stdout);
        assert_eq!(run.status.code(), Some(1), "{variable}: {run:?}");
        assert!(said.contains(expected) && !said.contains(other), "{variable}: {said}");
        let issues =
            std::fs::read_to_string(fixture.path().join(&report)).expect("the report of the artefact");
        assert!(issues.contains(expected) && !issues.contains(other), "{variable}: {issues}");
        std::fs::remove_file(fixture.path().join(&report)).expect("it was written");
    }
}

#[test]
fn the_command_for_other_systems_writes_the_report_that_their_row_names() {
    let section = section("Others");
    let command = code(&section, "sh");
    let fixture = branch();
    let mut variables = 0;
    let rows = section.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let (system, variable, report) = (cells[1], cells[2].trim_matches('`'), cells[3]);
        // Azure gives `System.X` as `SYSTEM_X`.
        let variable = variable.replace('.', "_").to_uppercase();
        if cells[2].starts_with('`') {
            variables += 1;
            let script = format!("TARGET_BRANCH=\"${variable}\"\n{command}");
            let run = shell(&fixture, &script, &[(&variable, "main".to_owned())]);
            let said = String::from_utf8_lossy(&run.stdout);
            assert_eq!(run.status.code(), Some(1), "{system}: {run:?}");
            assert!(said.contains("new.py") && !said.contains("old.py"), "{system}: {said}");
            if let Some((_, file)) = report.split_once("junit '") {
                let file = file.split('\'').next().expect("a name");
                let xml = std::fs::read_to_string(fixture.path().join(file)).expect("the report of the row");
                assert!(xml.contains("<testsuites") && xml.contains("new.py"), "{xml}");
            }
        }
        for (_, format) in
            report.match_indices("--format ").map(|(at, flag)| report.split_at(at + flag.len()))
        {
            let format = format.split('`').next().expect("a name");
            let run = fixture.run(&[".", "--format", format, "--output", "report"]);
            assert_eq!(run.code, 1, "{system}: --format {format}: {run:?}");
        }
    }
    assert!(variables >= 3, "rows were read: {variables}");

    // What is left at the end of the branch only, and the table of exit codes.
    let diff =
        section.split('`').find(|text| text.starts_with("secretscan diff")).expect("the other command");
    assert_runs(&shell(&fixture, diff, &[("TARGET_BRANCH", "main".to_owned())]));
    let exit_zero = format!("{} --exit-zero", command.trim());
    assert_runs(&shell(&fixture, &exit_zero, &[("TARGET_BRANCH", "main".to_owned())]));
    let unknown = shell(&fixture, &command, &[("TARGET_BRANCH", "nowhere".to_owned())]);
    assert!(matches!(unknown.status.code(), Some(2 | 3)), "no commits, no pass: {unknown:?}");
}
