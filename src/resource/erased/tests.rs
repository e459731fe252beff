use schemars::JsonSchema;
use serde::{Deserialize, Serializer};

use super::*;
use crate::resource::{Owned, Resource};
use crate::testing::aws::context;

/// A kind with a mistake: what it reads is not a number any more when it is written.
struct Odd;

#[derive(Clone, JsonSchema, serde::Serialize, Deserialize)]
struct Spec {
    #[serde(serialize_with = "in_words")]
    size: i64,
}

fn in_words<S: Serializer>(size: &i64, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{size} GiB"))
}

fn live() -> Live<Spec> {
    Live::new("id", Spec { size: 3 }, Attributes::new(), Tags::new())
}

impl Resource for Odd {
    type Spec = Spec;

    fn info(&self) -> KindInfo {
        KindInfo::new("odd.thing", "")
    }
    fn computed_attributes(&self, _: &Place, _: &str, _: &Spec) -> Attributes {
        Attributes::new()
    }
    async fn read(&self, _: &Context, desired: &[Desired<Spec>]) -> Vec<Result<Option<Live<Spec>>>> {
        desired.iter().map(|_| Ok(Some(live()))).collect()
    }
    async fn list(&self, cx: &Context) -> Result<Listing> {
        Ok(Listing::among(cx, 0, Vec::<Owned>::new()))
    }
    async fn create(&self, _: &Context, _: &Desired<Spec>) -> Result<Live<Spec>> {
        Ok(live())
    }
    async fn update(&self, _: &Context, _: &Desired<Spec>, _: &Live<Spec>, _: &Change<Spec>) -> Result<Live<Spec>> {
        Ok(live())
    }
    async fn current(&self, _: &Context, _: &str) -> Result<Option<Current>> {
        Ok(None)
    }
    async fn update_tags(&self, _: &Context, _: &str, _: &Tags, _: &[String]) -> Result<()> {
        Ok(())
    }
    async fn delete(&self, _: &Context, _: &str, _: bool) -> Result<()> {
        Ok(())
    }
}

impl Lookup for Odd {
    async fn find(&self, _: &Context, _: &str, _: Option<&Desired<Spec>>) -> Result<Option<Live<Spec>>> {
        Ok(Some(live()))
    }
    async fn find_all(&self, _: &Context) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

fn desired(spec: Value) -> Desired<Value> {
    Desired { address: Address::new("thing"), name: "thing".into(), spec, tags: Tags::new(), replaces: None }
}

/// Every question about a live spec comes after one of these, so that none is asked of a spec that does not fit.
#[tokio::test]
async fn a_live_spec_that_does_not_fit_is_an_error_wherever_it_comes_from() {
    let (kind, cx) = (Erased::shared(Odd), context());
    let (fits, misfit) = (desired(serde_json::json!({ "size": 3 })), desired(serde_json::json!({ "size": "3 GiB" })));
    let message = |error: Error| error.message;
    let read = kind.read(&cx, std::slice::from_ref(&fits)).await.remove(0).map(|_| None).map_err(message);
    let found = kind.find(&cx, "id", None).await.map_err(message);
    let created = kind.create(&cx, &fits).await.map(Some).map_err(message);
    for said in [read, found, created] {
        assert!(said.as_ref().is_err_and(|error| error.contains("invalid type: string")), "{said:?}");
    }
    let unread = kind.read(&cx, std::slice::from_ref(&misfit)).await.remove(0);
    assert!(unread.is_err(), "what is wanted is reported when it is read");
    let found = kind.check("thing", &misfit.spec, &".".into());
    assert!(found.len() == 1 && kind.check_marked("s", &misfit.address, None, &misfit.spec) == found, "{found:?}");
    assert!(kind.canonical(&misfit.spec, &".".into()).is_err() && kind.fits(&misfit.spec).is_err());
}
