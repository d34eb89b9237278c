//! Certificates to trust: as issuers, and as they are. webpki knows no time of an anchor; OpenSSL trusts none whose time is
//! over or has not come, so those are left out here for as long.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::net::tls::certificate::Facts;

/// Certificates to trust, in both forms that are needed.
#[derive(Clone, Debug)]
pub struct Trust {
    /// As issuers, whatever the time.
    pub anchors: Arc<RootCertStore>,
    /// As they are.
    pub whole: Arc<Vec<Vec<u8>>>,
    /// From when to when (seconds since 1970) each issuer is valid.
    times: Arc<Vec<(i64, i64)>>,
    /// The issuers that are valid from one time until before another, as they were found last.
    current: Arc<Mutex<Option<Current>>>,
}

/// From which time until before which other these are the valid issuers.
type Current = (i64, i64, Arc<RootCertStore>);

impl Trust {
    /// Trusts these (DER).
    pub fn new(certificates: Vec<Vec<u8>>) -> Trust {
        let mut anchors = RootCertStore::empty();
        let times = certificates.iter().filter_map(|der| add_anchor(&mut anchors, der)).collect();
        Trust {
            anchors: Arc::new(anchors),
            whole: Arc::new(certificates),
            times: Arc::new(times),
            current: Arc::default(),
        }
    }

    /// The same and one more.
    pub fn and(&self, der: &[u8]) -> Trust {
        let mut whole = (*self.whole).clone();
        whole.push(der.to_vec());
        Trust::new(whole)
    }

    /// The issuers that are valid at a time.
    pub fn anchors_at(&self, now: i64) -> Arc<RootCertStore> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((from, to, anchors)) = &*current
            && (*from..*to).contains(&now)
        {
            return anchors.clone();
        }
        // Nothing changes between two neighbouring times at which one begins or has just ended.
        let edges = || self.times.iter().flat_map(|(first, last)| [*first, last.saturating_add(1)]);
        let from = edges().filter(|at| *at <= now).max().unwrap_or(i64::MIN);
        let to = edges().filter(|at| *at > now).min().unwrap_or(i64::MAX);
        let anchors = if self.times.iter().all(|time| is_within(now, *time)) {
            self.anchors.clone()
        } else {
            let mut valid = RootCertStore::empty();
            for der in self.whole.iter().filter(|der| Facts::of(der).is_ok_and(|f| is_within(now, f.validity))) {
                add_anchor(&mut valid, der);
            }
            Arc::new(valid)
        };
        *current = Some((from, to, anchors.clone()));
        anchors
    }
}

/// A time lies between two others, or is one of them.
pub fn is_within(now: i64, (first, last): (i64, i64)) -> bool {
    (first..=last).contains(&now)
}

/// Trusts a certificate as an issuer, if it may be one; gives from when to when it is valid. webpki does not ask this of an
/// anchor, but whoever has the key of a server's own certificate is not to speak for every host. What is no anchor may still
/// be trusted as it is.
pub fn add_anchor(anchors: &mut RootCertStore, der: &[u8]) -> Option<(i64, i64)> {
    let facts = Facts::of(der).ok().filter(|f| f.may_issue)?;
    anchors.add(CertificateDer::from(der)).ok()?;
    Some(facts.validity)
}
