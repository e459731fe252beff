//! Many texts that are looked for in others at once.

/// So many bytes of one say whether it may begin at a place; of a shorter one its first byte does.
const KEY: usize = 4;
/// How many bits there are for those bytes: many more than needles, so few of them are set.
const BITS: usize = 1 << 20;

/// Texts to be found. Looking for thousands takes about as long as for one: at most places the letters that come next say
/// that none begins there, and elsewhere a binary search finds those that do.
#[derive(Debug, Clone, Default)]
pub struct Needles {
    /// In the order of the alphabet, each once.
    list: Vec<String>,
    /// Of each the longest other one with which it begins.
    begins_with: Vec<Option<usize>>,
    /// For the first bytes of each, one bit.
    begin: Vec<u64>,
    /// For each byte whether one of the short ones begins with it.
    short: Vec<bool>,
}

impl Needles {
    /// Adds more. Empty ones are none.
    pub fn add(&mut self, more: impl IntoIterator<Item = String>) {
        self.list.extend(more.into_iter().filter(|needle| !needle.is_empty()));
        self.list.sort_unstable();
        self.list.dedup();
        self.begin = vec![0; BITS / 64];
        self.short = vec![false; 256];
        self.begins_with.clear();
        let mut around: Vec<usize> = Vec::new();
        for (n, needle) in self.list.iter().enumerate() {
            while around.pop_if(|outer| !needle.starts_with(self.list[*outer].as_str())).is_some() {}
            self.begins_with.push(around.last().copied());
            around.push(n);
            match key(needle.as_bytes()) {
                Some(bit) => self.begin[bit / 64] |= 1 << (bit % 64),
                None => self.short[usize::from(needle.as_bytes()[0])] = true,
            }
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Those that begin with the same bytes as `rest`, `least` of them or more; with fewer than [`KEY`] there are none.
    pub fn begun<'a>(&'a self, rest: &'a [u8], least: usize) -> impl Iterator<Item = &'a str> {
        let is_likely = !self.is_empty() && key(rest).is_some_and(|bit| self.may_begin(bit));
        let at = if is_likely { self.list.partition_point(|needle| needle.as_bytes() <= rest) } else { 0 };
        let (before, after) = self.list.split_at(at);
        let after = if is_likely { after } else { &[] };
        // The nearer one stands to the text itself in the alphabet, the more they have in common.
        let is_alike = move |needle: &&String| alike(needle.as_bytes(), rest) >= least;
        before.iter().rev().take_while(is_alike).chain(after.iter().take_while(is_alike)).map(String::as_str)
    }

    fn may_begin(&self, bit: usize) -> bool {
        self.begin[bit / 64] & (1 << (bit % 64)) != 0
    }

    /// Calls `found` with every place in `text` of each: where it starts, and which it is. Of those that start at one
    /// place the longest comes first.
    pub fn find<'a>(&'a self, text: &str, mut found: impl FnMut(usize, &'a str)) {
        if self.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        // The four bytes at each place, which make its key, and zeros after the end.
        let mut four = bytes.iter().take(KEY - 1).rev().fold(0, |four, byte| four << 8 | u32::from(*byte)) << 8;
        for (start, byte) in bytes.iter().enumerate() {
            let last = if start + KEY <= bytes.len() { u32::from(bytes[start + KEY - 1]) } else { 0 };
            four = four >> 8 | last << (8 * (KEY - 1));
            if !self.short[usize::from(*byte)] && !self.may_begin(bit(four)) {
                continue;
            }
            let rest = &bytes[start..];
            // Between one with which the rest begins and the rest itself, all begin with that one.
            let mut at = self.list.partition_point(|needle| needle.as_bytes() <= rest).checked_sub(1);
            while let Some(n) = at {
                let needle = &self.list[n];
                if rest.starts_with(needle.as_bytes()) {
                    found(start, needle);
                }
                at = self.begins_with[n];
            }
        }
    }
}

/// How many bytes two texts have in common at their beginnings.
pub fn alike(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// The number of the bit for the bytes with which a text begins; `None`: it has too few.
fn key(bytes: &[u8]) -> Option<usize> {
    Some(bit(u32::from_le_bytes(bytes.get(..KEY)?.try_into().ok()?)))
}

fn bit(key: u32) -> usize {
    // The upper bits of the product depend on all of the bytes (Knuth's multiplicative hashing).
    (key.wrapping_mul(2_654_435_769) >> 12) as usize % BITS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(needles: &[String], text: &str) -> Vec<(usize, String)> {
        let mut all = Needles::default();
        all.add(needles.iter().cloned());
        let mut found = Vec::new();
        all.find(text, |start, needle| found.push((start, needle.to_owned())));
        found.sort();
        found
    }

    #[test]
    fn those_that_overlap_and_those_inside_of_others_are_found() {
        let needles = ["abcd", "abcdef", "cdef", "ef", "é"].map(str::to_owned);
        let expected = [(0, "abcd"), (0, "abcdef"), (2, "cdef"), (4, "ef"), (7, "é")];
        assert_eq!(found(&needles, "abcdef é"), expected.map(|(at, needle)| (at, needle.to_owned())));
        assert_eq!(found(&[String::new()], "abc"), []);
        assert_eq!(found(&needles, ""), []);
    }

    #[test]
    fn what_is_begun_is_found_by_its_first_bytes() {
        let mut all = Needles::default();
        all.add(["abcdefgh", "abcdef", "abcdxy", "abc", "xyzabcdefgh"].map(str::to_owned));
        let begun = |rest: &str| {
            let mut begun: Vec<_> = all.begun(rest.as_bytes(), 5).map(str::to_owned).collect();
            begun.sort();
            begun
        };
        assert_eq!(begun("abcdefg and more"), ["abcdef", "abcdefgh"]);
        assert_eq!(begun("abcdx"), ["abcdxy"]);
        assert_eq!(begun("xyzab"), ["xyzabcdefgh"]);
        for rest in ["abcd", "abc", "", "zzzzzz", "bcdefgh"] {
            assert_eq!(begun(rest), [""; 0], "{rest}");
        }
        assert_eq!(Needles::default().begun(b"abcdef", 5).count(), 0);
    }

    proptest! {
        #[test]
        fn all_are_found_that_a_search_for_each_would_find(
            needles in prop::collection::vec("[abé]{1,7}", 0..20),
            text in "[abcé]{0,60}",
        ) {
            let mut expected = Vec::new();
            for needle in needles.iter().collect::<std::collections::BTreeSet<_>>() {
                let starts = text.char_indices().filter(|(at, _)| text[*at..].starts_with(needle.as_str()));
                expected.extend(starts.map(|(at, _)| (at, needle.clone())));
            }
            expected.sort();
            prop_assert_eq!(found(&needles, &text), expected);
        }
    }
}
