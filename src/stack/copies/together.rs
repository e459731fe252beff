//! What is wrong with several copies of one resource, said once.

use std::collections::{HashMap, hash_map};
use std::ops::Range;

use crate::explain::Code;
use crate::resource::Address;
use crate::stack::problem::Problem;
use crate::suggest;

/// What is wrong with the copies of one resource, said once: what is wrong at one place of the file with several of them
/// names the others.
pub fn together(of_copies: Vec<(Address, Vec<Problem>)>) -> Vec<Problem> {
    let copies = of_copies.len();
    let mut all: Vec<(Problem, Address, Vec<String>)> = Vec::new();
    let mut seen: HashMap<(Code, Range<usize>, usize), usize> = HashMap::new();
    for (address, problems) in of_copies {
        let key = address.key.clone().unwrap_or_default();
        // One copy may have several of a code at one place, such as two keys that it lacks.
        let mut of_this: HashMap<(Code, Range<usize>), usize> = HashMap::new();
        for problem in problems {
            let number = of_this.entry((problem.code, problem.range.clone())).or_default();
            *number += 1;
            match seen.entry((problem.code, problem.range.clone(), *number)) {
                hash_map::Entry::Occupied(place) => all[*place.get()].2.push(key.clone()),
                hash_map::Entry::Vacant(place) => {
                    place.insert(all.len());
                    all.push((problem, address.clone(), vec![key.clone()]));
                }
            }
        }
    }
    let said = |(mut problem, address, keys): (Problem, Address, Vec<String>)| {
        if copies > 1 && keys.len() == copies {
            let (address, name) = (address.to_string(), &address.name);
            problem.message = problem.message.replace(&address, name);
            problem.hint = problem.hint.replace(&address, name);
        } else if copies > 1 {
            problem.hint = format!("{} (for {})", problem.hint, suggest::list(&keys));
        }
        problem
    };
    all.into_iter().map(said).collect()
}
