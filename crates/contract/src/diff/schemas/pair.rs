//! A pair of shapes, as the comparison of each keyword sees it.

use crate::{
    diff::{comparison::Comparison, shape::Shape, side::Direction, trace::NodeId},
    rule::Rule,
};

/// The shapes of a pair of schemas.
pub struct ShapePair<'s, 'a> {
    pub node: NodeId,
    pub old: &'s Shape<'a>,
    pub new: &'s Shape<'a>,
    pub direction: Direction,
    /// The subject of messages, such as "`status`".
    pub subject: &'s str,
}

impl<'a> ShapePair<'_, 'a> {
    /// The rule that applies in the direction of the pair.
    pub fn rule(&self, request: &'static Rule, response: &'static Rule) -> &'static Rule {
        self.direction.rule(request, response)
    }

    /// Adds a change of a keyword, with the pointer of the keyword in the newer schema, or else in
    /// the older one.
    pub fn change(
        &self,
        comparison: &mut Comparison<'a>,
        rule: &'static Rule,
        keyword: &str,
        message: String,
    ) {
        let found = self.new.keyword(keyword).or_else(|| self.old.keyword(keyword));
        let pointer = found.map_or_else(|| self.new.pointer().to_owned(), |found| found.pointer);
        comparison.trace.change(self.node, rule, message, "", pointer);
    }
}
