//! From what a provider says about somebody to a name and roles.

use std::collections::BTreeMap;

use serde_json::Value;
use wire::ids::SiteId;

use crate::roles::{Role, RoleError};
use crate::store::Grant;

/// As long as names of accounts are.
const NAME_MAX: usize = 40;

/// Claims that show who somebody is, where the settings name none or it is not there.
const NAMES: [&str; 3] = ["name", "preferred_username", "email"];

/// A role in the settings that is none.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// Not a role.
    #[error("oidc.roles gives `{value}` a role that is none: {reason}")]
    Role {
        /// The claim's value.
        value: String,
        /// What is wrong.
        reason: RoleError,
    },
    /// Not a site.
    #[error("oidc.roles gives `{value}` a role at `{site}`, which is no site's identity: copy `id` from its catalogue")]
    Site {
        /// The claim's value.
        value: String,
        /// What stands after @.
        site: String,
    },
}

/// What values of a claim grant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping {
    claim: String,
    grants: BTreeMap<String, Vec<Grant>>,
}

impl Mapping {
    /// Reads the table: `"accueil-agents" = "agent"`, `"etat-civil" = "agent@SITE, reception@SITE"`.
    pub(crate) fn read(claim: &str, roles: &BTreeMap<String, String>) -> Result<Self, MappingError> {
        let mut grants = BTreeMap::new();
        for (value, granted) in roles {
            let mut all = Vec::new();
            for one in granted.split(',').map(str::trim).filter(|one| !one.is_empty()) {
                let (role, site) = one.split_once('@').map_or((one, None), |(role, site)| (role, Some(site)));
                let no_role = |reason| MappingError::Role { value: value.clone(), reason };
                let no_site = |site: &str| MappingError::Site { value: value.clone(), site: site.to_owned() };
                let role: Role = role.trim().parse().map_err(no_role)?;
                let site = site.map(|site| site.trim().parse::<uuid::Uuid>().map(SiteId).map_err(|_| no_site(site)));
                all.push(Grant { site: site.transpose()?, role });
            }
            grants.insert(value.clone(), all);
        }
        Ok(Self { claim: claim.to_owned(), grants })
    }

    /// What somebody with these claims may do: nothing where no value of the claim is known here.
    pub(crate) fn grants(&self, claims: &Value) -> Vec<Grant> {
        let said = find(claims, &self.claim);
        let values: Vec<&str> = match said {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
        };
        let mut grants: Vec<Grant> =
            values.iter().filter_map(|value| self.grants.get(*value)).flatten().copied().collect();
        grants.sort_unstable();
        grants.dedup();
        grants
    }
}

/// A claim by its name, or one within others by the names on the way.
fn find<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| name.split('.').try_fold(claims, |within, name| within.get(name)))
}

/// What colleagues see: a name that can be shown, never empty.
pub(crate) fn display_name(claims: &Value, wanted: Option<&str>, subject: &str) -> String {
    let all = wanted.into_iter().chain(NAMES).filter_map(|name| find(claims, name)?.as_str());
    all.chain([subject]).map(shown).find(|name| !name.is_empty()).unwrap_or_else(|| "?".to_owned())
}

fn shown(text: &str) -> String {
    let clean: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(NAME_MAX).collect::<String>().trim().to_owned()
}

/// The same name for somebody else, who came later.
pub(crate) fn numbered(name: &str, n: u32) -> String {
    let number = format!(" ({n})");
    let room = NAME_MAX.saturating_sub(number.chars().count());
    let mut start: String = name.chars().take(room).collect();
    start.truncate(start.trim_end().len());
    start + &number
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SITE: &str = "019aa5f0-7c00-7000-8000-00000000000d";

    fn mapping(claim: &str) -> Mapping {
        let roles = [("agents", "agent".to_owned()), ("chefs", format!("supervisor@{SITE}, reception"))];
        Mapping::read(claim, &roles.map(|(value, granted)| (value.to_owned(), granted)).into()).unwrap()
    }

    #[test]
    fn roles_follow_from_a_claim_wherever_it_stands() {
        let site = Some(SiteId(SITE.parse().unwrap()));
        let agent = Grant { site: None, role: Role::Agent };
        let chef = [Grant { site: None, role: Role::Reception }, Grant { site, role: Role::Supervisor }];
        assert_eq!(mapping("groups").grants(&json!({"groups": ["agents", "elsewhere", "agents"]})), [agent]);
        assert_eq!(mapping("groups").grants(&json!({"groups": "chefs"})), chef);
        assert_eq!(mapping("realm_access.roles").grants(&json!({"realm_access": {"roles": ["agents"]}})), [agent]);
        assert_eq!(mapping("https://ville.fr/roles").grants(&json!({"https://ville.fr/roles": ["agents"]})), [agent]);
        for nothing in
            [json!({}), json!({"groups": ["AGENTS"]}), json!({"groups": 1}), json!({"groups": {"agents": 1}})]
        {
            assert_eq!(mapping("groups").grants(&nothing), [], "{nothing}");
        }
    }

    #[test]
    fn a_role_that_is_none_is_told_at_the_start() {
        let refused = |granted: &str| {
            let roles = [("chefs".to_owned(), granted.to_owned())].into();
            Mapping::read("groups", &roles).unwrap_err().to_string()
        };
        assert!(refused("boss").contains("`chefs`") && refused("boss").contains("supervisor"), "{}", refused("boss"));
        assert!(refused("agent@Marseille").contains("`Marseille`"), "{}", refused("agent@Marseille"));
    }

    #[test]
    fn a_name_can_be_shown() {
        let name = |claims: Value| display_name(&claims, Some("nick"), "s-1");
        assert_eq!(name(json!({"name": "Léa Martin", "nick": "Léa"})), "Léa");
        assert_eq!(name(json!({"name": "  Léa\u{0}\n Martin "})), "Léa Martin");
        assert_eq!(name(json!({"name": " ", "email": "lea@ville.fr"})), "lea@ville.fr");
        assert_eq!(name(json!({"name": 3})), "s-1");
        assert_eq!(name(json!({"name": "x".repeat(60)})).chars().count(), 40);
        assert_eq!(numbered("Léa", 2), "Léa (2)");
        assert_eq!(numbered(&"x".repeat(40), 12).chars().count(), 40);
    }
}
