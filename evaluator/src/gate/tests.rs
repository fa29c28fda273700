use super::*;
use crate::collection::leakage::{TRAINED_ON, UNKNOWN};
use crate::compare::{Comparison, Difference, Test};
use crate::report::Dataset;

const GATE: &str = r#"
version = 1
[systems.collection]
shipped = "auto/balanced"
[systems.set]
shipped = "auto/balanced"
baseline = "score/balanced"
[frozen]
seed = 9
each = 4
scores = ["rules", "score"]
[regression]
metrics = ["recall"]
at_most = 0.02
[quantization]
metrics = ["recall"]
at_most = 0.02
[[limit]]
name = "recall"
why = "misses cost most"
form = "full"
kind = "set"
metric = "recall"
slice = "class=real"
bound = "low"
at_least = 0.8
weight = 3
[[limit]]
name = "false-alarms"
why = "trust"
form = "full"
kind = "set"
metric = "false_positive_rate"
at_most = 0.02
[[limit]]
name = "adds"
why = "a model that adds nothing is not shipped"
form = "full"
kind = "set"
against = "baseline"
metric = "average_precision"
bound = "low"
at_least = 0.0
"#;

fn measure(metric: &str, slice: &str, scope: &str, value: f64) -> Measure {
    Measure {
        scope: scope.into(),
        metric: metric.into(),
        slice: slice.into(),
        value,
        low: Some(value - 0.05),
        high: Some(value + 0.05),
        n: 100,
    }
}

fn good() -> Report {
    let system = |name: &str, recall: f64| SystemReport {
        name: name.into(),
        measures: vec![
            measure("recall", "class=real", "capped", recall),
            measure("recall", "all", "all", recall),
            measure("false_positive_rate", "all", "capped", 0.01),
        ],
        ..SystemReport::default()
    };
    let comparison = Comparison {
        first: "score/balanced".into(),
        second: "auto/balanced".into(),
        flips: 12,
        items: 200,
        differences: vec![Difference {
            metric: "average_precision".into(),
            value: 0.03,
            interval: Some((0.01, 0.05)),
        }],
        tests: Vec::new(),
        cohens_d: None,
    };
    Report {
        kind: "set".into(),
        bootstrap: (2000, 1),
        dataset: Dataset {
            name: "x".into(),
            sha256: "aa".into(),
            receipt: Some("r".into()),
            ..Dataset::default()
        },
        systems: vec![system("score/balanced", 0.8), system("auto/balanced", 0.9)],
        comparisons: vec![comparison],
        ..Report::default()
    }
}

#[track_caller]
fn fails(report: &Report, previous: &[Report], reason: &str) {
    let gate = Gate::parse(GATE).expect("a gate");
    let verdict = check(&gate, "full", std::slice::from_ref(report), previous, &[]);
    assert!(!verdict.passes(), "it passes");
    assert!(verdict.reasons().iter().any(|r| r.contains(reason)), "{reason}: {:?}", verdict.reasons());
}

#[test]
fn good_results_pass() {
    let gate = Gate::parse(GATE).expect("a gate");
    let verdict = check(&gate, "full", &[good()], &[], &[]);
    assert!(verdict.passes(), "{:?}", verdict.reasons());
    assert!((verdict.score() - 1.0).abs() < 1e-12);
}

#[test]
fn a_limit_looks_at_the_end_of_the_interval() {
    let mut report = good();
    // 0.84 is above 0.8, its lower end 0.79 is not.
    report.systems[1].measures[0] = measure("recall", "class=real", "capped", 0.84);
    fails(&report, &[], "recall (misses cost most): 0.7900 (lower end), wanted at least 0.8");
    let gate = Gate::parse(GATE).expect("a gate");
    assert!((check(&gate, "full", &[report], &[], &[]).score() - 0.4).abs() < 1e-12, "weights 3, 1, 1");
}

#[test]
fn what_was_not_measured_does_not_hold() {
    let mut report = good();
    report.systems[1].measures.remove(2);
    fails(&report, &[], "was not measured");
    let mut report = good();
    report.comparisons.clear();
    fails(&report, &[], "were not compared");
    let gate = Gate::parse(GATE).expect("a gate");
    let nothing = check(&gate, "frozen", &[good()], &[], &[]);
    assert!(!nothing.passes() && nothing.reasons()[0].contains("no limit applies"));
}

#[test]
fn a_paired_test_proves_only_what_is_better() {
    let gate = |limit: &str| {
        let (head, _) = GATE.split_once("[[limit]]").expect("limits");
        let text = format!(
            "{head}[[limit]]\nname = \"beats\"\nwhy = \"one stage earns its place\"\nform = \"full\"\nkind = \"set\"\n{limit}"
        );
        Gate::parse(&text.replace("baseline =", "features = \"features/balanced\"\nbaseline ="))
    };
    let tested = |discordant: (u64, u64), p_holm: f64| {
        let mut report = good();
        let pair = &mut report.comparisons[0];
        pair.first = "features/balanced".into();
        pair.tests = vec![Test { name: "mcnemar".into(), discordant, p: p_holm / 2.0, p_holm }];
        report
    };
    let beats = gate("against = \"features\"\nmetric = \"mcnemar\"\nat_most = 0.05\n").expect("a gate");
    let check = |report: &Report| check_limit(&beats, &beats.limits[0], std::slice::from_ref(report));
    let better = check(&tested((3, 20), 0.01));
    assert!(better.holds && better.measured == Some(0.01), "{better:?}");
    assert!(better.text.contains("auto/balanced is right more often than features/balanced"), "{better:?}");
    assert!(!check(&tested((3, 20), 0.2)).holds, "not sure");
    let worse = check(&tested((20, 3), 0.01));
    assert!(!worse.holds && worse.text.contains("not right more often"), "{worse:?}");
    let mut turned = tested((20, 3), 0.01);
    let pair = &mut turned.comparisons[0];
    std::mem::swap(&mut pair.first, &mut pair.second);
    assert!(check(&turned).holds, "compared the other way round");
    let none = check(&good());
    assert!(!none.holds && none.text.contains("were not compared by mcnemar"), "{none:?}");

    // Of the same pair, the difference's interval.
    let differs =
        gate("against = \"features\"\nmetric = \"average_precision\"\nbound = \"low\"\nat_least = 0.0001\n");
    let differs = differs.expect("a gate");
    let checked = check_limit(&differs, &differs.limits[0], &[tested((0, 0), 1.0)]);
    assert!(checked.holds && checked.measured == Some(0.01), "{checked:?}");
    for wrong in ["at_least = 0.5", "at_most = 0.05\nbound = \"low\"", "at_most = 0.1\nat_least = 0.01"] {
        let limit = format!("against = \"features\"\nmetric = \"mcnemar\"\n{wrong}\n");
        assert!(gate(&limit).is_err(), "{wrong}");
    }
}

#[test]
fn a_pair_may_have_been_compared_the_other_way_round() {
    let mut report = good();
    let pair = &mut report.comparisons[0];
    std::mem::swap(&mut pair.first, &mut pair.second);
    fails(&report, &[], "adds (a model that adds nothing is not shipped): -0.0500 (lower end)");
}

#[test]
fn mistakes_fail_whatever_the_figures_say() {
    let edit = |change: &dyn Fn(&mut Report)| {
        let mut report = good();
        change(&mut report);
        report
    };
    type Change<'a> = &'a dyn Fn(&mut Report);
    let cases: [(Change<'_>, &str); 8] = [
        (&|r| r.dataset.receipt = None, "no leakage receipt"),
        (&|r| r.comparisons[0].flips = 0, "decides all 200 items"),
        (&|r| r.systems[0].measures[1].value = 0.900_01, "to four decimals"),
        (&|r| r.systems[1].counts = [("unparsable".to_owned(), 2)].into(), "no probability"),
        (
            &|r| r.systems[1].counts = [(TRAINED_ON.to_owned(), 12)].into(),
            "on 12 repositories of its training",
        ),
        (&|r| r.systems[1].counts = [(UNKNOWN.to_owned(), 3)].into(), "3 repositories that it may know"),
        (&|r| r.systems[1].encoding = Some("other".into()), "another encoding"),
        (&|r| r.systems[1].measures[1].value = f64::NAN, "no number"),
    ];
    for (change, reason) in cases {
        fails(&edit(change), &[], reason);
    }
}

#[test]
fn a_loss_against_the_last_model_fails() {
    let mut old = good();
    old.systems[1].measures[1].value = 0.93;
    fails(&good(), &[old.clone()], "fell from 0.9300 to 0.9000");
    old.dataset.sha256 = "bb".into();
    let gate = Gate::parse(GATE).expect("a gate");
    let verdict = check(&gate, "full", &[good()], &[old.clone()], &[]);
    assert!(verdict.passes(), "other data say nothing");
    assert!(verdict.remarks.len() == 1 && verdict.remarks[0].contains("no loss"), "but that is said");
    old.kind = "collection".into();
    assert!(check(&gate, "full", &[good()], &[old], &[]).remarks.is_empty(), "of another kind");
    assert!(check(&gate, "full", &[good()], &[good()], &[]).remarks.is_empty());
}

#[test]
fn a_summary_is_all_that_a_later_gate_needs() {
    let mut old = good();
    old.systems[1].measures[1].value = 0.93;
    old.systems[1].measures.push(measure("recall", "stratum=weak/a", "all", 0.5));
    let summary = old.summary("auto/balanced");
    assert_eq!((summary.systems.len(), summary.comparisons.len()), (1, 0));
    assert!(summary.systems[0].measures.iter().all(|m| !m.slice.starts_with("stratum=")));
    fails(&good(), &[summary], "fell from 0.9300 to 0.9000");
}

#[test]
fn a_wrong_gate_is_refused_with_the_reason() {
    for (from, to, reason) in [
        ("name = \"adds\"", "name = \"recall\"", "twice"),
        ("at_least = 0.0", "", "neither"),
        ("form = \"full\"", "form = \"weekly\"", "weekly"),
        ("version = 1", "version = 2", "version 2"),
        ("shipped =", "chosen =", "shipped"),
        ("\"rules\"", "\"oracle\"", "oracle"),
        ("bound = \"low\"", "bound = \"middle\"", "middle"),
        ("weight = 3", "wieght = 3", "wieght"),
    ] {
        let error = format!("{:#}", Gate::parse(&GATE.replacen(from, to, 1)).expect_err(to));
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn the_worst_of_many_slices_is_held_against_a_limit() {
    let gate = |limit: &str| {
        let (head, _) = GATE.split_once("[[limit]]").expect("limits");
        let text = format!(
            "{head}[[limit]]\nname = \"each\"\nwhy = \"no corner is left\"\nform = \"full\"\nkind = \"set\"\n{limit}"
        );
        Gate::parse(&text)
    };
    let mut report = good();
    for system in &mut report.systems {
        for (slice, value) in
            [("stratum=negative/a", 0.01), ("stratum=negative/b", 0.04), ("stratum=weak/a", 0.5)]
        {
            system.measures.push(measure("false_positive_rate", slice, "capped", value));
        }
    }
    let metric = "metric = \"false_positive_rate\"\nslice = \"stratum=negative/*\"\n";
    for (most, holds) in [(0.03, false), (0.04, true)] {
        let gate = gate(&format!("{metric}at_most = {most}")).expect("a gate");
        let checked = check_limit(&gate, &gate.limits[0], std::slice::from_ref(&report));
        assert_eq!(checked.holds, holds, "{checked:?}");
        assert!(checked.text.contains("stratum=negative/b, the worst of"), "{checked:?}");
    }
    let least = gate(&format!("{metric}at_least = 0.02")).expect("a gate");
    let checked = check_limit(&least, &least.limits[0], std::slice::from_ref(&report));
    assert!(!checked.holds && checked.text.contains("negative/a"), "{checked:?}");
    let none = gate(&format!("{}at_most = 1.0", metric.replace("negative", "nothing"))).expect("a gate");
    assert!(!check_limit(&none, &none.limits[0], std::slice::from_ref(&report)).holds);
    assert!(gate(&format!("{metric}at_least = 0.1\nat_most = 0.2")).is_err());
    assert!(gate(&format!("{metric}against = \"baseline\"\nat_most = 0.2")).is_err());
}

#[test]
fn what_quantization_costs_is_held_against_the_same_data() {
    let gate = Gate::parse(GATE).expect("a gate");
    let held = |whole: Report| check(&gate, "full", &[good()], &[], &[whole]).reasons().join("; ");
    let mut whole = good();
    assert_eq!(held(whole.clone()), "");
    whole.systems[1].measures[1].value = 0.93;
    assert!(held(whole.clone()).contains("recall (all) fell from 0.9300 to 0.9000 by quantization"));
    whole.dataset.sha256 = "bb".into();
    assert!(held(whole).contains("other data"));
}
