//! What can be said of stack files without writing it twice: the reference page and the editors' JSON Schema, both made
//! from the kinds' specs. Pure; tests hold the files in `docs/` to what these functions answer.

mod columns;
mod offers;
mod page;
mod permissions;
mod schema;
mod words;

pub use page::markdown;
pub use permissions::permission_documents;
pub use schema::{schema_with_rosters, stack_schema};
