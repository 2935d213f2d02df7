//! The number of agreements and disagreements, and their explanations.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use super::{
    compare::Compared,
    explain::{Explanation, Explanations},
    opinion::{Opinion, disagreements},
};

/// The counts of a run.
pub struct Tally {
    explanations: Explanations,
    pairs: usize,
    agreed: usize,
    unexplained: usize,
    /// The number of pairs that each explanation was needed for.
    used: Vec<usize>,
    /// The number of pairs with each mutation.
    drawn: BTreeMap<&'static str, usize>,
}

impl Tally {
    /// An empty tally.
    pub fn new(explanations: Explanations) -> Self {
        let used = vec![0; explanations.0.len()];
        Self { explanations, pairs: 0, agreed: 0, unexplained: 0, used, drawn: BTreeMap::new() }
    }

    /// Counts a pair, and prints it if it has an unexplained disagreement.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn add(&mut self, compared: &Compared, out: &mut dyn Write) -> io::Result<()> {
        self.pairs += 1;
        let names: Vec<_> = compared.changes.iter().map(|change| change.name).collect();
        names.iter().for_each(|name| *self.drawn.entry(name).or_default() += 1);
        let all = disagreements(&compared.ours, &compared.theirs);
        if all.is_empty() {
            self.agreed += 1;
            return Ok(());
        }
        let explained: Vec<_> =
            all.iter().map(|it| (it, self.explanations.explain(it, &names))).collect();
        let needed: BTreeSet<_> =
            explained.iter().filter_map(|(_, positions)| positions.clone()).flatten().collect();
        needed.into_iter().for_each(|position| self.used[position] += 1);
        let open: Vec<_> =
            explained.into_iter().filter(|(_, positions)| positions.is_none()).collect();
        if open.is_empty() {
            return Ok(());
        }
        self.unexplained += 1;
        writeln!(out, "unexplained: {}", compared.name)?;
        for change in &compared.changes {
            writeln!(out, "    change  {change}")?;
        }
        for (it, _) in open {
            writeln!(out, "    ours    about {}: {}", it.side, in_words(&it.ours))?;
            writeln!(out, "    theirs  about {}: {}", it.side, in_words(&it.theirs))?;
        }
        Ok(())
    }

    /// The number of pairs with an unexplained disagreement.
    pub fn unexplained(&self) -> usize {
        self.unexplained
    }

    /// Prints the counts.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let explained = self.pairs - self.agreed - self.unexplained;
        let mutations = self.drawn.len();
        writeln!(
            out,
            "{} pairs with {mutations} mutations: {} agreements, {explained} explained \
             disagreements, {} unexplained",
            self.pairs, self.agreed, self.unexplained
        )?;
        let mut reason = "";
        for (one, used) in self.explanations.0.iter().zip(&self.used).filter(|(_, used)| **used > 0)
        {
            if reason != one.why {
                writeln!(out, "{}", one.why)?;
                reason = &one.why;
            }
            writeln!(out, "{used:>6}  {}", pair(one))?;
        }
        let unused = self.explanations.0.iter().zip(&self.used).filter(|(_, used)| **used == 0);
        let unused: Vec<_> = unused.map(|(one, _)| pair(one)).collect();
        writeln!(out, "{} explanations were not used", unused.len())?;
        for rules in unused {
            writeln!(out, "        {rules}")?;
        }
        Ok(())
    }
}

fn pair(one: &Explanation) -> String {
    let words = |rule: &Option<String>| rule.clone().unwrap_or_else(|| "nothing".to_owned());
    format!("{} / {}", words(&one.ours), words(&one.theirs))
}

fn in_words(opinions: &BTreeSet<Opinion>) -> String {
    let words: Vec<_> = opinions.iter().map(ToString::to_string).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use runledger_contract::Level::{Breaking, Compatible};

    use super::{super::mutate::Change, *};

    fn compared(ours: &[Opinion], theirs: &[Opinion]) -> Compared {
        let change = Change { name: "operationId changed", pointer: "/paths/~1a/get".into() };
        let name = "a.json, --seed 1 --number 2".into();
        Compared { name, changes: vec![change], ours: ours.into(), theirs: theirs.into() }
    }

    #[test]
    fn an_unexplained_disagreement_is_counted_and_printed() {
        let mut tally = Tally::new(Explanations::listed().unwrap());
        let mut out = Vec::new();
        let ours = [Opinion::new("operation-id-changed", Breaking)];
        let theirs = [Opinion::new("api-operation-id-removed", Compatible)];
        tally.add(&compared(&ours, &ours), &mut out).unwrap();
        tally.add(&compared(&ours, &theirs), &mut out).unwrap();
        assert_eq!((tally.unexplained(), out.len()), (0, 0));

        tally.add(&compared(&[], &[Opinion::new("endpoint-added", Breaking)]), &mut out).unwrap();
        assert_eq!(tally.unexplained(), 1);
        tally.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        for line in [
            "unexplained: a.json, --seed 1 --number 2\n",
            "    change  operationId changed at \"/paths/~1a/get\"\n",
            "    ours    about the document: nothing\n",
            "    theirs  about the document: breaking endpoint-added\n",
            "3 pairs with 1 mutations: 1 agreements, 1 explained disagreements, 1 unexplained\n",
            "     1  operation-id-changed / api-operation-id-removed\n",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }
}
