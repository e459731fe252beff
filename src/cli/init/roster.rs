//! A roster of members whose keys say nothing about people.

/// The file's name, which the template's stack has.
pub(super) const ROSTER: &str = "class.csv";

/// A CSV file with so many members: `s01`, `s02`, …, each with a seat. Keys become parts of names in AWS, which everybody
/// who may look into the account reads.
pub(super) fn csv(members: u16) -> String {
    let width = members.to_string().len().max(2);
    let lines = (1..=members).map(|n| format!("s{n:0width$},{n}\n"));
    format!("id,seat\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_equally_long_and_sort_as_they_are_counted() {
        assert_eq!(csv(2), "id,seat\ns01,1\ns02,2\n");
        let many = csv(100);
        let keys: Vec<_> = many.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert_eq!((keys.len(), keys[0], keys[99]), (100, "s001", "s100"));
        assert!(keys.is_sorted());
    }
}
