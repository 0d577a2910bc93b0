//! eval, not kept
#![expect(clippy::unwrap_used, reason = "x")]
use std::collections::BTreeMap;
use tickmate_core::domain::{skill::Vocabulary, triage::{Lexicon, analyse}};
#[test]
fn eval() {
    let (l, v) = (Lexicon::shipped(), Vocabulary::shipped());
    for set in ["sotags20", "helpdesk8", "tickets3", "incidents-uci"] {
        let text = std::fs::read_to_string(format!("/work/shared/data/public/{set}.jsonl")).unwrap();
        let mut out = String::new();
        let mut cats: BTreeMap<String, usize> = BTreeMap::new();
        for line in text.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let title = ["title", "subject", "text"].iter().find_map(|k| row[k].as_str()).unwrap_or("");
            let body = ["description","body"].iter().find_map(|k| row[k].as_str()).unwrap_or("");
            let a = analyse(&l, &v, &[], title, body);
            *cats.entry(a.category.clone().unwrap_or_default()).or_default() += 1;
            let s: Vec<_> = a.skills.iter().map(|s| s.id.clone()).collect();
            out += &serde_json::json!({"row": row, "skills": s, "category": a.category, "priority": a.priority.map(|p| p.as_str())}).to_string();
            out += "\n";
        }
        std::fs::write(format!("{}/{set}.out", std::env::var("EVAL_OUT").unwrap()), out).unwrap();
    }
}
