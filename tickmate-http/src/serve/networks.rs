//! How many connections each network has.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

/// Counts connections by network.
#[derive(Debug)]
pub(super) struct Networks {
    limit: usize,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub(super) struct NetworkPermit {
    networks: Arc<Networks>,
    network: IpAddr,
}

impl Networks {
    /// Creates counts of which none may exceed `limit`.
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            counts: Mutex::default(),
        })
    }

    /// Counts one more connection from this address; none if its network has as many as it may.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<NetworkPermit> {
        let network = network(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= self.limit {
            if *count == 0 {
                counts.remove(&network);
            }
            return None;
        }
        *count += 1;
        Some(NetworkPermit {
            networks: Arc::clone(self),
            network,
        })
    }
}

impl Drop for NetworkPermit {
    fn drop(&mut self) {
        let counts = &self.networks.counts;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

/// Returns what one client has: an IPv4 address, or an IPv6 network of 64 bits.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_client_are_one_network() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::1", "::"),
        ] {
            let expected: IpAddr = expected.parse().unwrap();
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }

    #[test]
    fn each_network_has_a_limit_of_its_own() {
        let networks = Networks::new(2);
        let [one, other]: [IpAddr; 2] =
            ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        let first = networks.admit(one).unwrap();
        let second = networks.admit(one).unwrap();
        assert!(networks.admit(one).is_none());
        assert!(networks.admit(other).is_some());
        drop(first);
        let third = networks.admit(one).unwrap();
        assert!(networks.admit(one).is_none());
        drop((second, third));
        assert!(networks.counts.lock().unwrap().is_empty());
    }
}
