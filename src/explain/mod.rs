//! The codes of everything that can go wrong, and what `cloud101 explain` says of each.
//!
//! A code stands for one kind of mistake and never changes its meaning, so that people can search for it and programs
//! can rely on it. The first two digits say the area: 01 the file and its YAML, 02 keys and types, 03 references, 04
//! names, variables and tags, 05 policies, 06 files that the stack names, 07 values of a kind, 09 AWS's answers.

pub mod page;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Serialize, Serializer};

pub use page::Page;

macro_rules! codes {
    ($($number:literal $name:ident)+) => {
        /// A kind of mistake. The page of each, `docs/errors/C101-….md`, says which.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = concat!("C101-", $number)] $name,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The four digits.
            pub fn number(self) -> &'static str {
                match self {
                    $(Self::$name => $number,)+
                }
            }

            fn text(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../docs/errors/C101-", $number, ".md")),)+
                }
            }
        }
    };
}

codes! {
    "0101" Unreadable
    "0102" NotText
    "0103" NoStack
    "0104" ControlCharacter
    "0105" Tab
    "0106" Indentation
    "0107" ColonInText
    "0108" NoColon
    "0109" NoSpace
    "0110" QuoteEndsEarly
    "0111" OpenQuote
    "0112" OpenBracket
    "0113" UnquotedReference
    "0114" SpecialStart
    "0115" BadAlias
    "0116" TooDeep
    "0117" SeveralDocuments
    "0118" YamlTag
    "0119" MergeConflict
    "0120" DuplicateKey
    "0121" NoValue
    "0122" NotAKey
    "0123" NoSuchNumber
    "0124" NotYaml
    "0125" TooLarge
    "0201" UnknownKey
    "0202" MissingKey
    "0203" WrongType
    "0204" NoReferenceHere
    "0205" NotAChoice
    "0206" OutOfRange
    "0207" Misplaced
    "0208" UnknownKind
    "0209" ReadOnly
    "0210" Conflicting
    "0211" Incomplete
    "0212" DoesNotApply
    "0213" Twice
    "0214" TooLong
    "0215" Condition
    "0301" UnknownResource
    "0302" UnknownAttribute
    "0303" UnknownVariable
    "0304" UnknownWord
    "0305" BadReference
    "0306" SelfReference
    "0307" Cycle
    "0308" Moved
    "0401" StackName
    "0402" Region
    "0403" Account
    "0404" LogicalName
    "0405" NameTwice
    "0406" SecretName
    "0407" AwsName
    "0408" BucketName
    "0409" NoVariableValue
    "0410" ShortSecret
    "0411" ReservedTag
    "0412" BadTag
    "0413" SecretOnCard
    "0501" PolicyIsText
    "0502" PolicyShape
    "0503" PolicyVersion
    "0504" PolicyEffect
    "0505" PolicyLacks
    "0506" PolicyNotHere
    "0507" PolicyAction
    "0508" PolicyResource
    "0509" PolicyPrincipal
    "0510" PolicyCondition
    "0511" PolicySid
    "0512" PolicyPublic
    "0513" BucketPolicy
    "0514" Overlap
    "0515" Wildcard
    "0601" FileMissing
    "0602" FileOutside
    "0603" NotThatFile
    "0604" NoCode
    "0605" BadArchive
    "0606" Handler
    "0607" PrivateKey
    "0608" PublicKey
    "0609" Credentials
    "0610" RosterFile
    "0611" RosterColumn
    "0612" RosterKey
    "0613" RosterMembers
    "0701" Arn
    "0702" Runtime
    "0703" EnvironmentName
    "0704" Site
    "0705" Caller
    "0706" Image
    "0707" InstanceType
    "0708" AwsId
    "0709" Device
    "0710" Ports
    "0711" Cidr
    "0712" Address
    "0713" Lifecycle
    "0714" Day
    "0715" Characters
    "0716" WebSite
    "0717" FilterPolicy
    "0735" UserData
    "0736" LayerFolder
    "0901" Denied
    "0902" NotFound
    "0903" Exists
    "0904" InUse
    "0905" Throttled
    "0906" Quota
    "0907" NoCapacity
    "0908" Expired
    "0909" BadCredentials
    "0910" WrongClock
    "0911" NotActivated
    "0912" NoCredentials
    "0913" WrongAccount
    "0914" Unreachable
    "0915" Invalid
    "0916" Refused
    "0917" TimedOut
    "0918" Other
    "0919" Changed
    "0920" Unclear
    "0921" Barred
    "0922" AccountProfile
}

impl Code {
    /// The long form.
    pub fn page(self) -> Page {
        Page::read(self.text())
    }

    /// Whether it is about a stack file, not about an answer of AWS.
    pub fn is_of_a_stack(self) -> bool {
        !self.number().starts_with("09")
    }

    /// The code that a person means with `C101-0203`, `c101-203` or `203`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = number(text)?;
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// The codes of the area that a person means with a number that no code has; empty if it is of none.
    pub fn area(text: &str) -> Vec<Self> {
        let area = number(text).map(|number| number[..2].to_owned());
        Self::ALL
            .iter()
            .copied()
            .filter(|code| area.as_deref().is_some_and(|area| code.number().starts_with(area)))
            .collect()
    }
}

/// The four digits in `C101-0203`, `c101-203` or `203`.
fn number(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    let digits = text.strip_prefix("C101").map_or(text.as_str(), |rest| rest.trim_start_matches('-'));
    let fits = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| format!("{digits:0>4}"))
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C101-{}", self.number())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
