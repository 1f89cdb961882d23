//! The SAs of a gateway (RFC 4301 section 4.4.2).

use std::collections::HashMap;
use std::sync::Arc;

use cryptomap_packet::FiveTuple;

use crate::counters::Counters;
use crate::inbound::InboundSa;
use crate::outbound::OutboundSa;
use crate::selector_map::SelectorMap;
use crate::spd::PolicyId;
use crate::spec::{SaKey, SpecError};

/// Inbound SAs by what names them on the wire, outbound SAs by the policy that they serve too.
#[derive(Default)]
pub struct Sad {
    inbound: HashMap<SaKey, Arc<InboundSa>>,
    outbound: HashMap<SaKey, Arc<OutboundSa>>,
    serving: HashMap<PolicyId, SelectorMap<Serving>>,
    /// How many outbound SAs there have been.
    ordinal: u64,
}

/// An outbound SA; a newer one has a greater number.
struct Serving {
    ordinal: u64,
    sa: Arc<OutboundSa>,
}

impl Sad {
    /// Adds an inbound SA.
    pub fn add_inbound(&mut self, sa: Arc<InboundSa>) -> Result<(), SpecError> {
        if self.inbound.contains_key(&sa.key()) {
            return Err(SpecError::Exists);
        }
        self.inbound.insert(sa.key(), sa);
        Ok(())
    }

    /// Adds an outbound SA, which becomes its policy's newest.
    pub fn add_outbound(&mut self, sa: Arc<OutboundSa>) -> Result<(), SpecError> {
        if self.outbound.contains_key(&sa.key()) {
            return Err(SpecError::Exists);
        }
        self.ordinal += 1;
        let serving = Serving { ordinal: self.ordinal, sa: Arc::clone(&sa) };
        self.serving.entry(sa.policy_id()).or_default().insert(*sa.selector(), serving);
        self.outbound.insert(sa.key(), sa);
        Ok(())
    }

    /// Forgets an SA. Keys are wiped when the last thread at work with it is done.
    pub fn remove(&mut self, key: &SaKey) {
        self.inbound.remove(key);
        let Some(sa) = self.outbound.remove(key) else { return };
        if let Some(serving) = self.serving.get_mut(&sa.policy_id()) {
            serving.remove(sa.selector(), |other| other.sa.key() == *key);
            if serving.is_empty() {
                self.serving.remove(&sa.policy_id());
            }
        }
    }

    /// The SA that an arriving packet names.
    pub fn inbound(&self, key: &SaKey) -> Option<&Arc<InboundSa>> {
        self.inbound.get(key)
    }

    /// The outbound SA of that key.
    pub fn outbound(&self, key: &SaKey) -> Option<&Arc<OutboundSa>> {
        self.outbound.get(key)
    }

    /// The newest SA of a policy that takes the packet.
    pub fn serving(&self, policy_id: PolicyId, packet: &FiveTuple) -> Option<&Arc<OutboundSa>> {
        let fit = self.serving.get(&policy_id)?.matching(*packet).filter(|serving| !serving.sa.has_ended());
        fit.max_by_key(|serving| serving.ordinal).map(|serving| &serving.sa)
    }

    /// What an SA has counted.
    pub fn counters(&self, key: &SaKey) -> Option<Counters> {
        let inbound = || self.inbound.get(key).map(|sa| sa.counters());
        self.outbound.get(key).map(|sa| sa.counters()).or_else(inbound)
    }

    /// All SAs, so that they can be worked on with no table locked.
    pub(crate) fn snapshot(&self) -> (Vec<Arc<InboundSa>>, Vec<Arc<OutboundSa>>) {
        (self.inbound.values().cloned().collect(), self.outbound.values().cloned().collect())
    }
}
