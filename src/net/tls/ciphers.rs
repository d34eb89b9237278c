//! Cipher lists in OpenSSL's syntax, applied to the ciphers that are there. All of them have forward secrecy and
//! authenticated encryption, so lists can only narrow.

/// One cipher that is there, as lists may name it.
struct Known {
    /// OpenSSL's name.
    name: &'static str,
    /// The words of OpenSSL's syntax that stand for it.
    words: &'static [&'static str],
}

/// The number of a cipher in the registry (RFC 8446 section B.4).
pub type Suite = u16;

/// TLS 1.2, in the order of preference.
const TLS_1_2: &[(Suite, Known)] = &[
    (
        0xc02c,
        Known { name: "ECDHE-ECDSA-AES256-GCM-SHA384", words: &["aECDSA", "ECDSA", "AES256", "AESGCM", "SHA384"] },
    ),
    (
        0xc02b,
        Known { name: "ECDHE-ECDSA-AES128-GCM-SHA256", words: &["aECDSA", "ECDSA", "AES128", "AESGCM", "SHA256"] },
    ),
    (0xcca9, Known { name: "ECDHE-ECDSA-CHACHA20-POLY1305", words: &["aECDSA", "ECDSA", "CHACHA20"] }),
    (0xc030, Known { name: "ECDHE-RSA-AES256-GCM-SHA384", words: &["aRSA", "RSA", "AES256", "AESGCM", "SHA384"] }),
    (0xc02f, Known { name: "ECDHE-RSA-AES128-GCM-SHA256", words: &["aRSA", "RSA", "AES128", "AESGCM", "SHA256"] }),
    (0xcca8, Known { name: "ECDHE-RSA-CHACHA20-POLY1305", words: &["aRSA", "RSA", "CHACHA20"] }),
];

/// Words that stand for every TLS 1.2 cipher that is there.
const EVERY: &[&str] =
    &["ALL", "DEFAULT", "COMPLEMENTOFDEFAULT", "HIGH", "ECDHE", "kECDHE", "EECDH", "kEECDH", "ECDH", "TLSv1.2", "FIPS"];

/// Words for AES of either length.
const AES: &str = "AES";

/// Words that stand for ciphers of which none is there: to exclude them changes nothing.
const NONE: &[&str] = &[
    "aNULL",
    "eNULL",
    "NULL",
    "ADH",
    "AECDH",
    "EXP",
    "EXPORT",
    "EXPORT40",
    "EXPORT56",
    "LOW",
    "MEDIUM",
    "DES",
    "3DES",
    "RC4",
    "RC2",
    "MD5",
    "SHA",
    "SHA1",
    "PSK",
    "kPSK",
    "aPSK",
    "kECDHEPSK",
    "kDHEPSK",
    "kRSAPSK",
    "SRP",
    "kSRP",
    "aSRP",
    "DSS",
    "aDSS",
    "kRSA",
    "DH",
    "DHE",
    "EDH",
    "kDHE",
    "kEDH",
    "kDHr",
    "kDHd",
    "aDH",
    "IDEA",
    "SEED",
    "CAMELLIA",
    "CAMELLIA128",
    "CAMELLIA256",
    "ARIA",
    "ARIA128",
    "ARIA256",
    "ARIAGCM",
    "AESCCM",
    "AESCCM8",
    "GOST94",
    "GOST89MAC",
    "aGOST",
    "aGOST01",
    "kGOST",
    "kECDHr",
    "kECDHe",
    "aECDH",
    "SSLv3",
    "TLSv1",
    "TLSv1.0",
    "SSLv2",
    "COMPLEMENTOFALL",
];

/// TLS 1.3, in the order of preference.
const TLS_1_3: &[(Suite, &str)] =
    &[(0x1302, "TLS_AES_256_GCM_SHA384"), (0x1301, "TLS_AES_128_GCM_SHA256"), (0x1303, "TLS_CHACHA20_POLY1305_SHA256")];

/// What a list came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The ciphers, best first.
    pub suites: Vec<Suite>,
    /// Names that say nothing here: unknown, or of ciphers that are not there.
    pub ignored: Vec<String>,
}

/// Applies a TLS 1.2 list.
pub fn tls_1_2(list: &str) -> Chosen {
    let mut chosen = Chosen::default();
    let mut killed: Vec<Suite> = Vec::new();
    for word in list.split([':', ',', ' ']).filter(|w| !w.is_empty()) {
        if word.starts_with('@') {
            // The order of strength is the order of preference here, and every cipher meets every level.
            continue;
        }
        let (mode, name) = match word.as_bytes()[0] {
            b'!' | b'-' | b'+' => (word.as_bytes()[0], &word[1..]),
            _ => (b' ', word),
        };
        let Some(found) = matching(name) else {
            chosen.ignored.push(name.to_owned());
            continue;
        };
        match mode {
            b'!' => {
                killed.extend(&found);
                chosen.suites.retain(|s| !found.contains(s));
            }
            b'-' => chosen.suites.retain(|s| !found.contains(s)),
            b'+' => {
                let (back, front): (Vec<_>, Vec<_>) = chosen.suites.iter().partition(|s| found.contains(s));
                chosen.suites = [front, back].concat();
            }
            _ => {
                for suite in found {
                    if !killed.contains(&suite) && !chosen.suites.contains(&suite) {
                        chosen.suites.push(suite);
                    }
                }
            }
        }
    }
    chosen
}

/// The ciphers that a name or words joined with `+` stand for. `None`: nothing here has such a name.
fn matching(name: &str) -> Option<Vec<Suite>> {
    if NONE.contains(&name) || name.split('+').any(|w| NONE.contains(&w)) {
        return Some(Vec::new());
    }
    if let Some((suite, _)) = TLS_1_2.iter().find(|(_, k)| k.name == name) {
        return Some(vec![*suite]);
    }
    let known =
        |word: &str| EVERY.contains(&word) || word == AES || TLS_1_2.iter().any(|(_, k)| k.words.contains(&word));
    if !name.split('+').all(known) {
        return None;
    }
    let fits = |k: &Known| {
        name.split('+').all(|w| {
            EVERY.contains(&w) || k.words.contains(&w) || w == AES && k.words.iter().any(|t| t.starts_with("AES"))
        })
    };
    Some(TLS_1_2.iter().filter(|(_, k)| fits(k)).map(|(s, _)| *s).collect())
}

/// Applies a TLS 1.3 list: names with colons between.
pub fn tls_1_3(list: &str) -> Chosen {
    let mut chosen = Chosen::default();
    for word in list.split([':', ',', ' ']).filter(|w| !w.is_empty()) {
        match TLS_1_3.iter().find(|(_, name)| *name == word) {
            Some((suite, _)) if !chosen.suites.contains(suite) => chosen.suites.push(*suite),
            Some(_) => {}
            None => chosen.ignored.push(word.to_owned()),
        }
    }
    chosen
}

/// Every TLS 1.2 cipher, best first.
pub fn all_1_2() -> Vec<Suite> {
    TLS_1_2.iter().map(|(s, _)| *s).collect()
}

/// Every TLS 1.3 cipher, best first.
pub fn all_1_3() -> Vec<Suite> {
    TLS_1_3.iter().map(|(s, _)| *s).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_itself() {
        assert_eq!(tls_1_2("ECDHE-RSA-AES128-GCM-SHA256").suites, [0xc02f]);
        let two = tls_1_2("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384");
        assert_eq!(two.suites, [0xc02f, 0xc030], "in the order of the list");
    }

    #[test]
    fn words_stand_for_what_they_name() {
        assert_eq!(tls_1_2("HIGH:!aNULL:!MD5").suites, all_1_2());
        assert_eq!(tls_1_2("ECDHE+AESGCM+aRSA").suites, [0xc030, 0xc02f]);
        assert_eq!(tls_1_2("ECDHE+CHACHA20").suites, [0xcca9, 0xcca8]);
        assert_eq!(tls_1_2("EECDH+AES:!AES256").suites, [0xc02b, 0xc02f]);
    }

    #[test]
    fn what_is_struck_out_stays_out_and_what_is_removed_may_return() {
        assert_eq!(tls_1_2("ALL:!AESGCM:AESGCM").suites, [0xcca9, 0xcca8]);
        assert_eq!(tls_1_2("AESGCM:-aRSA:aRSA+AES128").suites, [0xc02c, 0xc02b, 0xc02f]);
        assert_eq!(tls_1_2("aRSA:+AESGCM").suites, [0xcca8, 0xc030, 0xc02f]);
    }

    #[test]
    fn names_of_ciphers_that_are_not_there_are_told() {
        let chosen = tls_1_2("AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256:nonsense@SECLEVEL=2:@STRENGTH");
        assert_eq!(chosen.suites, [0xc02f]);
        assert_eq!(chosen.ignored, ["AES128-SHA", "nonsense@SECLEVEL=2"]);
        assert_eq!(tls_1_2("RC4:3DES").suites, []);
    }

    #[test]
    fn tls_1_3_names() {
        let chosen = tls_1_3("TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256");
        assert_eq!(chosen.suites, [0x1303, 0x1301]);
        assert_eq!(chosen.ignored, ["TLS_AES_128_CCM_SHA256"]);
    }
}
