//! Parents and children: connections that a program made for another one (`parent_wsi`). A child ends with its parent,
//! and the parent's protocol hears of each child's end.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;

use crate::abi::*;
use crate::engine::context::Context;
use crate::engine::wsi::{Phase, Wsi};
use crate::guard::Handle;

/// Where a relative is found: its token, and the serial that tells whether it still is the same.
type Relative = (u32, u32);

/// What a connection with relatives, or with data for a parent, has beside its own state.
pub struct Family {
    parent: Cell<Option<Relative>>,
    /// The one that came last stands last.
    children: RefCell<Vec<Relative>>,
    /// The program's data for the parent.
    pub opaque_parent_data: Cell<*mut c_void>,
    /// A child asked for WRITEABLE.
    pub child_wants_writable: Cell<bool>,
}

impl Default for Family {
    fn default() -> Family {
        Family {
            parent: Cell::new(None),
            children: RefCell::default(),
            opaque_parent_data: Cell::new(std::ptr::null_mut()),
            child_wants_writable: Cell::new(false),
        }
    }
}

impl Wsi {
    /// Its family, made on first use.
    pub fn make_family(&self) -> &Family {
        self.family.get_or_init(Box::default)
    }

    fn as_relative(&self) -> Relative {
        (self.token, self.serial)
    }
}

impl Context {
    /// Makes `child` a child of `parent`. It has none yet.
    pub fn set_parent(&self, child: &Wsi, parent: &Wsi) {
        child.make_family().parent.set(Some(parent.as_relative()));
        parent.make_family().children.borrow_mut().push(child.as_relative());
    }

    /// The connection's parent.
    pub fn parent(&self, wsi: &Wsi) -> Option<Rc<Wsi>> {
        self.relative(wsi.family.get()?.parent.get()?)
    }

    /// The child that came last.
    pub fn first_child(&self, wsi: &Wsi) -> Option<Handle> {
        let last = *wsi.family.get()?.children.borrow().last()?;
        self.relative(last).map(|child| child.handle())
    }

    /// The connection's descendants in the order in which they are to end: each before its parent, among brothers the
    /// last first.
    pub fn descendants(&self, wsi: &Wsi) -> Vec<Rc<Wsi>> {
        let children = |w: &Wsi| w.family.get().map(|f| f.children.borrow().clone()).unwrap_or_default();
        let mut waiting = children(wsi);
        waiting.reverse();
        let mut found = Vec::new();
        while let Some(next) = waiting.pop() {
            let Some(child) = self.relative(next) else { continue };
            waiting.extend(children(&child).into_iter().rev());
            found.push(child);
        }
        found.reverse();
        found
    }

    /// The parent's protocol hears, with the parent's user area, that a child ends; they are strangers then.
    pub fn leave_parent(&self, child: &Wsi) {
        let Some(parent) = self.parent(child) else { return };
        if parent.phase.get() != Phase::Dead {
            let index = parent.protocol.get();
            let protocol = parent.vhost().config.protocols.get(index).copied();
            if let Some(protocol) = protocol {
                let input = child.handle().as_ptr();
                self.depth.set(self.depth.get() + 1);
                self.app.call(&protocol, child.handle(), LWS_CALLBACK_CHILD_CLOSING, parent.user(), input, 0);
                self.depth.set(self.depth.get() - 1);
            }
        }
        child.make_family().parent.set(None);
        parent.make_family().children.borrow_mut().retain(|c| *c != child.as_relative());
    }

    fn relative(&self, (token, serial): Relative) -> Option<Rc<Wsi>> {
        self.wsi(token).filter(|w| w.serial == serial)
    }
}
