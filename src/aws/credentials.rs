//! The credentials in use, for code that has to hide them.

use std::fmt;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

/// AWS's own are longer; a shorter one is an emulator's, such as `test`, and would be found in any text.
const SHORTEST: usize = 16;

/// Gets secrets before they are used for the first time.
pub type OnSecret = Arc<dyn Fn(&[String]) + Send + Sync>;

/// The same credentials as `inner`, also when they are renewed. `on_secret` is called with the secret key and the
/// session token: AWS quotes parts of a request in some of its errors, and the token is one.
pub fn watched(inner: SharedCredentialsProvider, on_secret: OnSecret) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Watched { inner, on_secret })
}

struct Watched {
    inner: SharedCredentialsProvider,
    on_secret: OnSecret,
}

impl Watched {
    fn tell(&self, credentials: &Credentials) {
        let secrets = [Some(credentials.secret_access_key()), credentials.session_token()];
        let secrets = secrets.into_iter().flatten().filter(|secret| secret.len() >= SHORTEST);
        (self.on_secret)(&secrets.map(str::to_owned).collect::<Vec<_>>());
    }
}

impl ProvideCredentials for Watched {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let credentials = self.inner.provide_credentials().await?;
            self.tell(&credentials);
            Ok(credentials)
        })
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.inner.fallback_on_interrupt().inspect(|credentials| self.tell(credentials))
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("inner", &self.inner).finish_non_exhaustive()
    }
}
