//! Tenants.

/// The id of a tenant within its database. A tenant's keys open that tenant's runs and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(pub i64);
