//! What an account of AWS Academy's Learner Lab denies: a rule for a [`FaultProxy`](super::FaultProxy).
//!
//! Who asks, and the words of the refusals, are those that people quote who work there (a role `voclabs`, the policies
//! `Pvoclabs2` and `voc-cancel-cred`); what is denied stands in the lab's Readme, "Service usage and other restrictions",
//! as of 2025-06-24. Where that leaves something open, this denies it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Call, Fault};

const REGIONS: [&str; 2] = ["us-east-1", "us-west-2"];
const SIZES: [&str; 5] = ["nano", "micro", "small", "medium", "large"];

/// The lab of one student. Clones are the same lab.
#[derive(Debug, Clone)]
pub struct LearnerLab {
    account: &'static str,
    /// The email address of the student, which is in the name of the session.
    student: &'static str,
    has_ended: Arc<AtomicBool>,
}

impl LearnerLab {
    pub fn of(account: &'static str, student: &'static str) -> Self {
        Self { account, student, has_ended: Arc::default() }
    }

    /// The end of the session: from now on everything is denied to its credentials, but for the question who they are.
    pub fn end(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
    }

    /// What is done to a call.
    pub fn rule(&self, call: &Call) -> Option<Fault> {
        let (service, operation) = call.name.split_once(':').unwrap_or_default();
        if call.name == "sts:GetCallerIdentity" {
            return Some(Fault::answer(format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{}</Arn>\
                 <UserId>AROAEXAMPLE00000LABS:user123={}</UserId><Account>{}</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>",
                self.arn(),
                self.student,
                self.account
            )));
        }
        let policy = if self.has_ended.load(Ordering::SeqCst) { "voc-cancel-cred" } else { "Pvoclabs2" };
        let is_read = ["Get", "List", "Describe"].iter().any(|read| operation.starts_with(read));
        let field = |name: &str| call.request.field(name).unwrap_or_default();
        let body = call.body();
        let is_denied = policy == "voc-cancel-cred"
            || !REGIONS.contains(&call.region())
            || match (service, operation) {
                // Only LabRole and what belongs to it can be seen. Nothing is written.
                ("iam", "GetRole") => field("RoleName") != "LabRole",
                ("iam", "GetInstanceProfile") => field("InstanceProfileName") != "LabInstanceProfile",
                ("iam", _) => !is_read || operation == "GetAccountAuthorizationDetails",
                ("ec2", "ImportKeyPair") => true,
                ("ec2", "RunInstances") => {
                    let size = field("InstanceType");
                    let profile = field("IamInstanceProfile.Name");
                    !SIZES.iter().any(|allowed| size.ends_with(&format!(".{allowed}")))
                        || body.contains("InstanceMarketOptions")
                        || !["", "LabInstanceProfile"].contains(&profile.as_str())
                        || !["", "vockey"].contains(&field("KeyName").as_str())
                }
                // iam:PassRole.
                ("lambda", _) if body.contains("\"Role\"") => {
                    !body.contains(&format!("arn:aws:iam::{}:role/LabRole", self.account))
                }
                ("ses" | "pricing" | "servicequotas" | "ce", _) => true,
                _ => false,
            };
        is_denied.then(|| self.refusal(service, operation, policy))
    }

    fn arn(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/voclabs/user123={}", self.account, self.student)
    }

    fn refusal(&self, service: &str, operation: &str, policy: &str) -> Fault {
        let code = match service {
            "ec2" => "UnauthorizedOperation",
            "lambda" | "ses" | "logs" => "AccessDeniedException",
            _ => "AccessDenied",
        };
        let action = operation.split(' ').next().unwrap_or_default();
        Fault::refuse(
            403,
            code,
            format!(
                "User: {} is not authorized to perform: {service}:{action} with an explicit deny in an identity-based \
                 policy: arn:aws:iam::{}:policy/{policy}",
                self.arn(),
                self.account
            ),
        )
    }
}
