//! The sandbox answers its owner only: neither web pages, whatever a browser lets them send, nor anyone who does not
//! have its access key. The requests here are all harmless: they list what is there, or ask for nothing that is.

mod endings;
mod programs;
mod requests;
