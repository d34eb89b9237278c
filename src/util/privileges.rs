//! Giving up privileges: user, group, supplementary groups, and the few capabilities that stay.
//!
//! A context asks for it by uid, gid, username, groupname and caps. Names are looked up before anything is made
//! ([`resolve`]), the change comes once the listeners are bound ([`drop`]). A change that cannot be made in full is an
//! error: a server must not go on with more rights than it was told to keep.

use std::ffi::{CString, c_int};

use caps::{CapSet, Capability, CapsHashSet};
use nix::unistd::{Gid, Group, Uid, User};

use super::log::notice;

/// What a program asks for. 0 and -1 stand for "leave it" in the ids; a name wins over the number beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privileges {
    /// User id to change to.
    pub uid: c_int,
    /// Group id to change to.
    pub gid: c_int,
    /// User to change to.
    pub username: Option<String>,
    /// Group to change to.
    pub groupname: Option<String>,
    /// Numbers of the capabilities (`CAP_*`) that stay when the user changes; without such a change they are not read.
    pub caps: Vec<c_int>,
}

/// A request whose names and numbers are known to this system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    user: Option<(CString, Uid)>,
    group: Option<(String, Gid)>,
    caps: CapsHashSet,
}

impl Resolved {
    /// The user and group ids that are changed to, 0 where none is.
    pub fn ids(&self) -> (c_int, c_int) {
        let uid = self.user.as_ref().map_or(0, |(_, uid)| uid.as_raw() as c_int);
        (uid, self.group.as_ref().map_or(0, |(_, gid)| gid.as_raw() as c_int))
    }
}

/// Looks names and numbers up. The error says which one this system does not know.
pub fn resolve(asked: &Privileges) -> Result<Resolved, String> {
    let user = match &asked.username {
        Some(name) => Some(found(User::from_name(name), || format!("username '{name}'"))?),
        None => match id(asked.uid) {
            Some(uid) => Some(found(User::from_uid(uid.into()), || format!("uid {uid}"))?),
            None => None,
        },
    };
    let group = match &asked.groupname {
        Some(name) => Some(found(Group::from_name(name), || format!("groupname '{name}'"))?),
        None => match id(asked.gid) {
            Some(gid) => Some(found(Group::from_gid(gid.into()), || format!("gid {gid}"))?),
            None => None,
        },
    };
    let caps = asked.caps.iter().map(|n| capability(*n)).collect::<Result<_, _>>()?;
    Ok(Resolved {
        user: user.filter(|u| !u.uid.is_root()).map(|u| (CString::new(u.name).unwrap_or_default(), u.uid)),
        group: group.filter(|g| g.gid.as_raw() != 0).map(|g| (g.name, g.gid)),
        caps,
    })
}

/// Makes the change: group, supplementary groups, user. When the user changes, permitted and effective capabilities
/// are exactly those listed afterwards. Nothing to change is success.
///
/// User and groups change for the whole process, capabilities for the calling thread and those that it starts.
/// The error names the step that failed, what stands in the way, and leaves the steps before it done: end the process,
/// or at least do not serve.
pub fn drop(to: &Resolved) -> Result<(), String> {
    if let Some((name, gid)) = &to.group {
        nix::unistd::setgid(*gid).map_err(|e| failed(&format!("change to group '{name}' ({gid})"), e))?;
        notice!("group is now '{name}' ({gid})");
    }
    let Some((name, uid)) = &to.user else { return Ok(()) };
    let who = format!("'{}' ({uid})", name.to_string_lossy());
    if is_already(*uid) && to.caps.is_empty() {
        return Ok(());
    }
    let gid = nix::unistd::getegid();
    nix::unistd::initgroups(name, gid).map_err(|e| failed(&format!("take the groups of user {who}"), e))?;
    if to.caps.is_empty() {
        nix::unistd::setuid(*uid).map_err(|e| failed(&format!("change to user {who}"), e))?;
    } else {
        change_user_with(*uid, &who, &to.caps)?;
    }
    if !is_already(*uid) {
        return Err(format!("change to user {who}: the real or saved user id is still another"));
    }
    notice!("user is now {who}, group {gid}");
    Ok(())
}

/// Owner of a file from "user:group", each a name or a number. `None`: not of that form, or not known here.
pub fn parse_owner(text: &str) -> Option<(u32, u32)> {
    let (user, group) = text.split_once(':')?;
    let uid = User::from_name(user).ok()?.map(|u| u.uid.as_raw()).or_else(|| number(user))?;
    let gid = Group::from_name(group).ok()?.map(|g| g.gid.as_raw()).or_else(|| number(group))?;
    Some((uid, gid))
}

/// All ones is "leave it" to chown(2), hence no id.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten().filter(|n| *n != u32::MAX)
}

fn id(asked: c_int) -> Option<u32> {
    (asked != 0 && asked != -1).then_some(asked as u32)
}

fn found<T>(looked_up: nix::Result<Option<T>>, what: impl Fn() -> String) -> Result<T, String> {
    match looked_up {
        Ok(Some(it)) => Ok(it),
        Ok(None) => Err(format!("{} is not known to this system", what())),
        Err(e) => Err(format!("{} cannot be looked up: {e}", what())),
    }
}

fn capability(n: c_int) -> Result<Capability, String> {
    caps::all()
        .into_iter()
        .find(|c| c_int::from(c.index()) == n)
        .ok_or_else(|| format!("caps: there is no capability of number {n}"))
}

fn is_already(uid: Uid) -> bool {
    nix::unistd::getresuid().is_ok_and(|now| now.real == uid && now.effective == uid && now.saved == uid)
}

/// Permitted capabilities survive the change of user by the thread's keep flag; what is not listed goes right after.
fn change_user_with(uid: Uid, who: &str, keep: &CapsHashSet) -> Result<(), String> {
    let held = caps::read(None, CapSet::Permitted).map_err(|e| format!("read the process's capabilities: {e}"))?;
    if let Some(lacking) = keep.difference(&held).next() {
        return Err(format!("keep {lacking} for user {who}: the process does not have it"));
    }
    nix::sys::prctl::set_keepcaps(true).map_err(|e| failed("keep capabilities across the change of user", e))?;
    let changed = nix::unistd::setuid(uid).map_err(|e| failed(&format!("change to user {who}"), e)).and_then(|()| {
        [CapSet::Effective, CapSet::Inheritable]
            .into_iter()
            .try_for_each(|set| caps::clear(None, set))
            .and_then(|()| caps::set(None, CapSet::Permitted, keep))
            .and_then(|()| caps::set(None, CapSet::Effective, keep))
            .map_err(|e| format!("keep the listed capabilities for user {who}: {e}"))
    });
    nix::sys::prctl::set_keepcaps(false).map_err(|e| failed("end keeping capabilities", e))?;
    changed
}

fn failed(step: &str, e: nix::Error) -> String {
    format!("{step}: {}", e.desc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_two_names_or_numbers() {
        assert_eq!(parse_owner("root:root"), Some((0, 0)));
        assert_eq!(parse_owner("0:12345"), Some((0, 12345)));
        for bad in ["root", "root:", ":root", "no-such-user:root", "root:no-such-group", "-1:0", "4294967295:0", "+1:0"]
        {
            assert_eq!(parse_owner(bad), None, "{bad}");
        }
    }

    #[test]
    fn zero_minus_one_and_root_change_nothing() {
        let root = || Some("root".to_owned());
        for (uid, username) in [(0, None), (-1, None), (65534, root())] {
            let asked = Privileges { uid, gid: uid.min(0), username, groupname: root(), caps: vec![] };
            assert_eq!(resolve(&asked), Ok(Resolved::default()), "{asked:?}");
        }
        assert_eq!(drop(&Resolved::default()), Ok(()));
    }

    /// Runs itself again as a child process, which makes the change and tells who it is: ids belong to the process.
    #[test]
    fn a_drop_is_whole_or_refused() {
        const CHILD: &str = "LWSRS_TEST_DROP_CAPS";
        if let Some(caps) = std::env::var_os(CHILD) {
            let caps = caps.to_str().unwrap().split_terminator(' ').map(|n| n.parse().unwrap()).collect();
            let to = resolve(&Privileges { uid: 65534, gid: 65534, caps, ..Privileges::default() }).unwrap();
            println!("drop {:?}\n{}", drop(&to), std::fs::read_to_string("/proc/thread-self/status").unwrap());
            return;
        }
        let child = |caps: &str| {
            let me = std::env::current_exe().unwrap();
            let name = concat!(module_path!(), "::a_drop_is_whole_or_refused").split_once("::").unwrap().1;
            let out = std::process::Command::new(me).args(["--exact", name, "--nocapture"]).env(CHILD, caps).output();
            String::from_utf8(out.unwrap().stdout).unwrap()
        };
        if !Uid::effective().is_root() {
            let out = child("");
            assert!(out.contains("drop Err(\"change to group 'nogroup' (65534): "), "{out}");
            return;
        }
        for (caps, mask) in [("", 0), ("10", 0x400u64), ("10 7", 0x480)] {
            let out = child(caps);
            let has = |line: String| assert!(out.lines().any(|l| l == line), "caps '{caps}': no '{line}' in:\n{out}");
            has("drop Ok(())".into());
            has("Uid:\t65534\t65534\t65534\t65534".into());
            has("Gid:\t65534\t65534\t65534\t65534".into());
            has("Groups:\t65534 ".into());
            has(format!("CapPrm:\t{mask:016x}"));
            has(format!("CapEff:\t{mask:016x}"));
        }
    }

    #[test]
    fn what_this_system_does_not_know_is_named() {
        let asked = Privileges { username: Some("no-such-user".into()), ..Privileges::default() };
        assert_eq!(resolve(&asked).unwrap_err(), "username 'no-such-user' is not known to this system");
        let asked = Privileges { groupname: Some("no-such-group".into()), ..Privileges::default() };
        assert_eq!(resolve(&asked).unwrap_err(), "groupname 'no-such-group' is not known to this system");
        let asked = Privileges { caps: vec![10, 99], ..Privileges::default() };
        assert_eq!(resolve(&asked).unwrap_err(), "caps: there is no capability of number 99");
    }
}
