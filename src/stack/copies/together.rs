//! What is wrong with several copies of one resource, said once.

use std::collections::{HashMap, hash_map};
use std::ops::Range;

use crate::explain::Code;
use crate::resource::Address;
use crate::stack::diagnostics::Diagnostic;
use crate::suggest;

/// What is wrong with the copies of one resource, said once: what is wrong at one place of the file with several of them
/// names the others.
pub fn together(of_copies: Vec<(Address, Vec<Diagnostic>)>) -> Vec<Diagnostic> {
    let copies = of_copies.len();
    let mut all: Vec<(Diagnostic, Address, Vec<String>)> = Vec::new();
    let mut seen: HashMap<(Code, Range<usize>, usize), usize> = HashMap::new();
    for (address, diagnostics) in of_copies {
        let key = address.key.clone().unwrap_or_default();
        // One copy may have several of a code at one place, such as two keys that it lacks.
        let mut of_this: HashMap<(Code, Range<usize>), usize> = HashMap::new();
        for diagnostic in diagnostics {
            let number = of_this.entry((diagnostic.code, diagnostic.range())).or_default();
            *number += 1;
            match seen.entry((diagnostic.code, diagnostic.range(), *number)) {
                hash_map::Entry::Occupied(place) => all[*place.get()].2.push(key.clone()),
                hash_map::Entry::Vacant(place) => {
                    place.insert(all.len());
                    all.push((diagnostic, address.clone(), vec![key.clone()]));
                }
            }
        }
    }
    let said = |(mut diagnostic, address, keys): (Diagnostic, Address, Vec<String>)| {
        if copies > 1 && keys.len() == copies {
            let (address, name) = (address.to_string(), &address.name);
            diagnostic.message = diagnostic.message.replace(&address, name);
            diagnostic.help = diagnostic.help.map(|help| help.replace(&address, name));
        } else if copies > 1 {
            diagnostic.help = diagnostic.help.map(|help| format!("{help} (for {})", suggest::list(&keys)));
        }
        diagnostic
    };
    all.into_iter().map(said).collect()
}
