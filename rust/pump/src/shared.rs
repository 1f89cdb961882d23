//! What the threads of a data plane share.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use cryptomap_esp::{Database, PolicyId, SaKey};

use crate::inbox::Inbox;

pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) statistics: Statistics,
    /// Sends packets with IPv4 headers of our own making.
    pub(crate) raw_out: Option<OwnedFd>,
    /// The caller's socket on port 4500.
    pub(crate) udp: Option<OwnedFd>,
    routes: RwLock<Routes>,
}

impl Shared {
    pub(crate) fn new(inbox: Arc<Inbox>, raw_out: Option<OwnedFd>, udp: Option<OwnedFd>) -> Self {
        Self {
            database: Database::new(Arc::clone(&inbox) as _),
            inbox,
            statistics: Statistics::default(),
            raw_out,
            udp,
            routes: RwLock::default(),
        }
    }

    pub(crate) fn routes(&self) -> RwLockReadGuard<'_, Routes> {
        self.routes.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn routes_mut(&self) -> RwLockWriteGuard<'_, Routes> {
        self.routes.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which device the inner packets of an inbound SA go to: SA -> policy -> interface -> TUN.
#[derive(Default)]
pub(crate) struct Routes {
    policies_of_sas: HashMap<SaKey, PolicyId>,
    interfaces_of_policies: HashMap<PolicyId, String>,
    slots_of_added: HashMap<PolicyId, PolicyId>,
    devices: BTreeMap<String, Arc<File>>,
}

impl Routes {
    pub(crate) fn set_policies(&mut self, interface: &str, policies: impl Iterator<Item = PolicyId>) {
        self.interfaces_of_policies.retain(|_, holder| holder != interface);
        self.interfaces_of_policies.extend(policies.map(|policy| (policy, interface.to_owned())));
    }

    pub(crate) fn add_policy(&mut self, slot: PolicyId, policy: PolicyId) {
        self.slots_of_added.insert(policy, slot);
    }

    pub(crate) fn remove_policy(&mut self, policy: PolicyId) {
        self.slots_of_added.remove(&policy);
    }

    pub(crate) fn add_sa(&mut self, key: SaKey, policy: PolicyId) {
        self.policies_of_sas.insert(key, policy);
    }

    pub(crate) fn delete_sa(&mut self, key: &SaKey) {
        self.policies_of_sas.remove(key);
    }

    pub(crate) fn is_attached(&self, interface: &str) -> bool {
        self.devices.contains_key(interface)
    }

    pub(crate) fn attach(&mut self, interface: &str, device: Arc<File>) {
        self.devices.insert(interface.to_owned(), device);
    }

    pub(crate) fn detach(&mut self, interface: &str) -> Option<Arc<File>> {
        self.devices.remove(interface)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The device for an SA's packets; the first one when its policy is gone or its interface is not attached.
    pub(crate) fn device(&self, key: &SaKey) -> Option<&File> {
        self.policies_of_sas
            .get(key)
            .map(|policy| self.slots_of_added.get(policy).unwrap_or(policy))
            .and_then(|policy| self.interfaces_of_policies.get(policy))
            .and_then(|interface| self.devices.get(interface))
            .or_else(|| self.devices.values().next())
            .map(Arc::as_ref)
    }
}

/// Counts that belong to no SA and to no policy.
#[derive(Default)]
pub(crate) struct Statistics {
    /// NAT keepalives received (RFC 3948 section 2.3).
    pub(crate) keepalives: Count,
    /// Datagrams that are neither IKE nor ESP, and ESP packets without a whole header.
    pub(crate) malformed: Count,
    /// Decrypted packets that the TUN device did not take.
    pub(crate) device_errors: Count,
    /// Packets read from a TUN device that are not IPv4.
    pub(crate) not_ipv4: Count,
}

/// A counter that threads share.
#[derive(Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
