//! A vhost: a name, a protocols table, mounts and listeners. It is shared by its connections and outlives being
//! destroyed until the last of them is gone.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, c_void};
use std::rc::Rc;

use crate::abi::lws_protocols;
use crate::engine::config::VhostConfig;
use crate::engine::members::Members;
use crate::engine::role::client::proxy::Proxy;
use crate::engine::role::client::sharing::Server;
use crate::engine::role::http1::response::fixed_lines;
use crate::guard::SlotRef;
use crate::net::tls::{ClientContext, ServerContext};
use crate::util::intern;

/// One virtual host.
pub struct Vhost {
    /// Its handle.
    pub slot: SlotRef,
    /// What it was made from.
    pub config: VhostConfig,
    /// Tokens of the listeners that it owns.
    pub listeners: RefCell<Vec<u32>>,
    /// Tokens of the listeners that it is reached through, its own and those that it shares.
    pub doors: RefCell<Vec<u32>>,
    /// The port really listened on; 0 when it does not listen.
    pub listen_port: Cell<u16>,
    /// Sizes of the protocols' per-session areas, which programs may change.
    pub pss_sizes: Vec<Cell<usize>>,
    /// Connections of each protocol.
    pub members: Vec<Members>,
    /// Private areas of protocols, by protocol index.
    pub private: RefCell<Vec<*mut c_void>>,
    /// The HTTP proxy that its client connections go through.
    pub proxy: RefCell<Option<Proxy>>,
    /// PROTOCOL_INIT was sent.
    pub inited: Cell<bool>,
    /// How many protocols, from the first on, took it: these are told PROTOCOL_DESTROY.
    pub accepted: Cell<usize>,
    /// `lws_vhost_destroy` was called, or the context is ending: nothing new comes here.
    pub dying: Cell<bool>,
    /// Connections that belong to it (listeners not counted).
    pub connections: Cell<usize>,
    /// The header lines that all its responses begin with; kept for ever, since any thread may make a head.
    pub fixed_lines: &'static CStr,
    /// TLS for accepted connections; `None` also while the certificate is waited for.
    pub tls: RefCell<Option<Rc<dyn ServerContext>>>,
    /// When the certificate's files were looked at (µs).
    pub tls_looked: Cell<i64>,
    /// Client connections that others to the same server queue behind: token and serial.
    pub leaders: RefCell<HashMap<Server, (u32, u32)>>,
    /// TLS for client connections, made when the first one wants it.
    pub tls_client: RefCell<Option<Rc<dyn ClientContext>>>,
}

impl Vhost {
    /// A vhost without listeners. `server` is the server's name where the vhost has none of its own.
    pub fn new(slot: SlotRef, config: VhostConfig, server: Option<&str>) -> Vhost {
        let n = config.protocols.len();
        let proxy = config.proxy.clone();
        let pss_sizes = config.protocols.iter().map(|p| Cell::new(p.per_session_data_size)).collect();
        let fixed_lines = intern::keep(&fixed_lines(&config, config.server_string.as_deref().or(server)));
        Vhost {
            fixed_lines,
            pss_sizes,
            members: config.protocols.iter().map(|_| Members::default()).collect(),
            slot,
            config,
            listeners: RefCell::default(),
            doors: RefCell::default(),
            listen_port: Cell::new(0),
            private: RefCell::new(vec![std::ptr::null_mut(); n]),
            proxy: RefCell::new(proxy),
            inited: Cell::new(false),
            accepted: Cell::new(0),
            dying: Cell::new(false),
            connections: Cell::new(0),
            tls: RefCell::default(),
            tls_looked: Cell::new(0),
            leaders: RefCell::default(),
            tls_client: RefCell::default(),
        }
    }

    /// It has that name; case does not matter.
    pub fn has_name(&self, name: &[u8]) -> bool {
        self.config.name.as_bytes().eq_ignore_ascii_case(name)
    }

    /// Its name is a parent domain of that one.
    pub fn is_above(&self, name: &[u8]) -> bool {
        let own = self.config.name.as_bytes();
        name.len() > own.len()
            && name[name.len() - own.len()..].eq_ignore_ascii_case(own)
            && name[name.len() - own.len() - 1] == b'.'
    }

    /// Index of the protocol with that name; case matters.
    pub fn protocol_named(&self, name: &[u8]) -> Option<usize> {
        self.config.protocol_names.iter().position(|n| n.to_bytes() == name)
    }

    /// Index of the protocol that `p` points to: an entry of the program's own table or of ours.
    pub fn protocol_index(&self, p: *const lws_protocols) -> Option<usize> {
        let size = std::mem::size_of::<lws_protocols>();
        [self.config.protocols.as_ptr(), self.config.program_protocols].into_iter().find_map(|base| {
            let offset = (p as usize).checked_sub(base as usize)?;
            (!base.is_null() && offset % size == 0 && offset / size < self.config.protocols.len())
                .then_some(offset / size)
        })
    }
}
