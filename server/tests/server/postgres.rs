//! A PostgreSQL of this binary's own, with a database a test.

use std::sync::atomic::{AtomicU32, Ordering};

use accueil_server::store::StoreAddress;
use accueil_server::store::postgres::PostgresStore;
use throwaway_postgres::{Cluster, Durability};
use tokio::sync::OnceCell;

/// It ends with this process.
static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

const TEMPLATE: &str = "prepared";

/// The address of a new database that is up to date.
pub async fn database() -> StoreAddress {
    let cluster = CLUSTER.get_or_init(prepare).await;
    let name = name();
    cluster.copy(TEMPLATE, &name).unwrap();
    cluster.address(&name).parse().unwrap()
}

/// The address of a new database with nothing in it.
pub async fn empty() -> StoreAddress {
    let cluster = CLUSTER.get_or_init(prepare).await;
    let name = name();
    cluster.create(&name).unwrap();
    cluster.address(&name).parse().unwrap()
}

fn name() -> String {
    format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The same, as the library that speaks to it wants it.
pub fn url(address: &StoreAddress) -> String {
    address.to_string()
}

async fn prepare() -> Cluster {
    let cluster = Cluster::start(Durability::Fast).unwrap();
    cluster.create(TEMPLATE).unwrap();
    let StoreAddress::Postgres(address) = cluster.address(TEMPLATE).parse().unwrap() else {
        panic!("{}", cluster.address(TEMPLATE));
    };
    PostgresStore::open(&address).await.unwrap().close().await;
    cluster
}
