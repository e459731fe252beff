//! What can be said without writing it twice: of stack files the reference page and the editors' JSON Schema, both made
//! from the kinds' specs, and of the documents that programs read their schemas. Pure; tests hold the files in `docs/` to
//! what these functions answer.

mod documents;
mod offers;
mod page;
mod permissions;
mod schema;
mod words;

pub use documents::document_schemas;
pub use page::markdown;
pub use permissions::permission_documents;
pub use schema::stack_schema;
