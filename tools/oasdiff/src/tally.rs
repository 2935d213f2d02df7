//! What is counted and printed.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use super::{
    ask::Asked,
    explain::{Explanation, Explanations},
    judge::{Said, disagreements},
};

/// How often they agree, and why they do not.
pub struct Tally {
    explanations: Explanations,
    pairs: usize,
    agreed: usize,
    unexplained: usize,
    /// How many pairs each explanation was needed for.
    used: Vec<usize>,
    /// How many pairs each kind of change was drawn for.
    drawn: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// Nothing is counted yet.
    pub fn new(explanations: Explanations) -> Self {
        let used = vec![0; explanations.0.len()];
        Self { explanations, pairs: 0, agreed: 0, unexplained: 0, used, drawn: BTreeMap::new() }
    }

    /// Counts a pair; where they disagree and nothing explains it, prints what both said.
    ///
    /// # Errors
    /// Where it cannot be printed.
    pub fn add(&mut self, asked: &Asked, out: &mut dyn Write) -> io::Result<()> {
        self.pairs += 1;
        let names: Vec<_> = asked.changes.iter().map(|change| change.name).collect();
        names.iter().for_each(|name| *self.drawn.entry(name).or_default() += 1);
        let all = disagreements(&asked.ours, &asked.theirs);
        if all.is_empty() {
            self.agreed += 1;
            return Ok(());
        }
        let explained: Vec<_> =
            all.iter().map(|it| (it, self.explanations.explain(it, &names))).collect();
        let needed: BTreeSet<_> =
            explained.iter().filter_map(|(_, numbers)| numbers.clone()).flatten().collect();
        needed.into_iter().for_each(|number| self.used[number] += 1);
        let open: Vec<_> = explained.into_iter().filter(|(_, numbers)| numbers.is_none()).collect();
        if open.is_empty() {
            return Ok(());
        }
        self.unexplained += 1;
        writeln!(out, "unexplained: {}", asked.name)?;
        for change in &asked.changes {
            writeln!(out, "    change  {change}")?;
        }
        for (it, _) in open {
            writeln!(out, "    ours    on {}: {}", it.side, in_words(&it.ours))?;
            writeln!(out, "    theirs  on {}: {}", it.side, in_words(&it.theirs))?;
        }
        Ok(())
    }

    /// How many pairs have a disagreement that nothing explains.
    pub fn unexplained(&self) -> usize {
        self.unexplained
    }

    /// Prints the numbers.
    ///
    /// # Errors
    /// Where they cannot be printed.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let explained = self.pairs - self.agreed - self.unexplained;
        let kinds = self.drawn.len();
        writeln!(
            out,
            "{} pairs with {kinds} kinds of change: {} agreements, {explained} explained disagreements, {} unexplained",
            self.pairs, self.agreed, self.unexplained
        )?;
        let mut reason = "";
        for (one, used) in self.explanations.0.iter().zip(&self.used).filter(|(_, used)| **used > 0)
        {
            if reason != one.why {
                writeln!(out, "{}", one.why)?;
                reason = &one.why;
            }
            writeln!(out, "{used:>6}  {}", in_a_pair(one))?;
        }
        let unused = self.explanations.0.iter().zip(&self.used).filter(|(_, used)| **used == 0);
        let unused: Vec<_> = unused.map(|(one, _)| in_a_pair(one)).collect();
        writeln!(out, "{} explanations were not needed", unused.len())?;
        for pair in unused {
            writeln!(out, "        {pair}")?;
        }
        Ok(())
    }
}

fn in_a_pair(one: &Explanation) -> String {
    let words = |rule: &Option<String>| rule.clone().unwrap_or_else(|| "nothing".to_owned());
    format!("{} / {}", words(&one.ours), words(&one.theirs))
}

fn in_words(said: &BTreeSet<Said>) -> String {
    let words: Vec<_> = said.iter().map(ToString::to_string).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use runledger_contract::Level::{Breaking, Compatible};

    use super::{super::mutate::Change, *};

    fn asked(ours: &[Said], theirs: &[Said]) -> Asked {
        let change = Change { name: "operationId changed", pointer: "/paths/~1a/get".into() };
        let name = "a.json, --seed 1 --number 2".into();
        Asked { name, changes: vec![change], ours: ours.into(), theirs: theirs.into() }
    }

    #[test]
    fn what_has_no_explanation_is_counted_and_printed_with_all_that_repeats_it() {
        let mut tally = Tally::new(Explanations::listed().unwrap());
        let mut out = Vec::new();
        let ours = [Said::new("operation-id-changed", Breaking)];
        let theirs = [Said::new("api-operation-id-removed", Compatible)];
        tally.add(&asked(&ours, &ours), &mut out).unwrap();
        tally.add(&asked(&ours, &theirs), &mut out).unwrap();
        assert_eq!((tally.unexplained(), out.len()), (0, 0));

        tally.add(&asked(&[], &[Said::new("endpoint-added", Breaking)]), &mut out).unwrap();
        assert_eq!(tally.unexplained(), 1);
        tally.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for line in [
            "unexplained: a.json, --seed 1 --number 2\n",
            "    change  operationId changed at \"/paths/~1a/get\"\n",
            "    ours    on the whole: nothing\n",
            "    theirs  on the whole: breaking endpoint-added\n",
            "3 pairs with 1 kinds of change: 1 agreements, 1 explained disagreements, 1 unexplained\n",
            "     1  operation-id-changed / api-operation-id-removed\n",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }
}
