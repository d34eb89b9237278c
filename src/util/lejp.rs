//! The streaming JSON parser. Text comes in pieces of any size; what it means goes to the program's callback at once.
//!
//! All state is C's `struct lejp_ctx`, which the program allocates and its callback looks at and may change: it pushes
//! parsers, changes callbacks, writes members. So nothing here is borrowed while the callback runs, and every index is
//! bounded where it is used.
//!
//! Here is the structure: objects, arrays, the stack of parsers. `scalar` has the values that are no structure, `path` where
//! the parser is and what that fits.

mod path;
mod scalar;

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};

use crate::abi::*;

/// What one character led to.
enum Step {
    /// It was used.
    Next,
    /// The state has changed, and the same character is looked at again.
    Again,
    /// The JSON is complete.
    Done,
    /// It cannot be JSON, or the program does not want it: a LEJP_REJECT_ code.
    Reject(c_int),
}

use Step::{Again, Done, Next, Reject};

const KEEP: u8 = LEJP_FLAG_WS_KEEP as u8;
const COMMENT: u8 = LEJP_FLAG_WS_COMMENTLINE as u8;

/// A parser in C's memory.
#[derive(Clone, Copy)]
pub struct Parser(*mut lejp_ctx);

impl Parser {
    /// # Safety
    /// `ctx` points to a parser that `lejp_construct` has set up (or is about to) and that lives as long as the result
    /// is used; what it refers to (paths, callbacks) lives too.
    pub unsafe fn new(ctx: *mut lejp_ctx) -> Parser {
        Parser(ctx)
    }

    fn get(&self) -> &lejp_ctx {
        // SAFETY: by the contract of `new`; no caller keeps the reference beyond the expression, so none lives while the
        // callback runs.
        unsafe { &*self.0 }
    }

    #[allow(clippy::mut_from_ref, reason = "a door to C's memory: the reference lives for one expression")]
    fn set(&self) -> &mut lejp_ctx {
        // SAFETY: as `get`.
        unsafe { &mut *self.0 }
    }

    /// Clears what a new parse needs and tells the callback LEJPCB_CONSTRUCTED.
    pub fn construct(self, callback: lejp_callback, user: *mut c_void, paths: *const *const c_char, count_paths: u8) {
        let ctx = self.set();
        ctx.st[0] = _lejp_stack { s: 0, p: 0, i: 0, b: 0 };
        ctx.sp = 0;
        ctx.ipos = 0;
        ctx.outer_array = 0;
        ctx.path_match = 0;
        ctx.path_match_len = 0;
        ctx.path_stride = 0;
        ctx.wildcount = 0;
        ctx.npos = 0;
        ctx.path[0] = 0;
        ctx.buf[0] = 0;
        ctx.user = user;
        ctx.line = 1;
        ctx.pst_sp = 0;
        ctx.pst[0] =
            _lejp_parsing_stack { user: std::ptr::null_mut(), callback, paths, count_paths, ppos: 0, path_match: 0 };
        self.tell(LEJPCB_CONSTRUCTED);
    }

    /// Tells the first callback LEJPCB_DESTRUCTED.
    pub fn destruct(self) {
        self.call(self.get().pst[0].callback, LEJPCB_DESTRUCTED);
    }

    /// Gives the first parser another callback.
    pub fn change_callback(self, callback: lejp_callback) {
        self.destruct();
        self.set().pst[0].callback = callback;
        self.call(callback, LEJPCB_CONSTRUCTED);
        self.call(self.get().pst[0].callback, LEJPCB_START);
    }

    /// Puts a parser on the stack. `false`: it is full.
    pub fn push(
        self,
        user: *mut c_void,
        paths: *const *const c_char,
        count_paths: u8,
        callback: lejp_callback,
    ) -> bool {
        let next = usize::from(self.get().pst_sp) + 1;
        if next >= self.get().pst.len() {
            return false;
        }
        self.check_path_match();
        let ctx = self.set();
        ctx.pst[next - 1].path_match = ctx.path_match;
        ctx.pst[next] = _lejp_parsing_stack { user, callback, paths, count_paths, ppos: 0, path_match: 0 };
        ctx.pst_sp = next as u8;
        ctx.path_match = 0;
        self.check_path_match();
        true
    }

    /// Takes a parser off the stack. `false`: there is only the first.
    pub fn pop(self) -> bool {
        if self.get().pst_sp == 0 {
            return false;
        }
        self.set().pst_sp -= 1;
        self.set().path_match = 0;
        self.check_path_match();
        true
    }

    /// Parses a piece: LEJP_CONTINUE, the bytes left over when the JSON is complete, or a LEJP_REJECT_ code.
    pub fn parse(self, json: &[u8]) -> c_int {
        if usize::from(self.get().sp) >= self.get().st.len() || usize::from(self.get().pst_sp) >= self.get().pst.len() {
            return LEJP_REJECT_STACK_OVERFLOW;
        }
        if self.get().sp == 0 && self.top().ppos == 0 {
            self.tell(LEJPCB_START);
        }
        for (n, &c) in json.iter().enumerate() {
            loop {
                match self.take(c) {
                    Next => break,
                    Again => {}
                    Done => return c_int::try_from(json.len() - 1 - n).unwrap_or(c_int::MAX),
                    Reject(why) => {
                        self.tell(LEJPCB_FAILED);
                        return why;
                    }
                }
            }
        }
        LEJP_CONTINUE
    }

    /// White space and comments, then what the state says.
    fn take(self, c: u8) -> Step {
        let state = self.state();
        if matches!(c, b' ' | b'\t' | b'\n' | b'\r' | b'#') {
            if c == b'\n' {
                self.set().line = self.get().line.wrapping_add(1);
                self.set_state(state & !COMMENT);
            }
            if state & KEEP == 0 {
                if c == b'#' {
                    self.set_state(state | COMMENT);
                }
                return Next;
            }
        }
        if state & COMMENT != 0 && c != b'\n' {
            return Next;
        }
        match c_uint::from(state) {
            LEJP_IDLE => self.idle(c),
            LEJP_MEMBERS if c == b'}' => self.end_of_empty_object(),
            LEJP_MEMBERS => {
                self.set_state(LEJP_M_P as u8);
                Again
            }
            LEJP_M_P if c == b'"' => {
                self.set_state(LEJP_MP_DELIM as u8);
                self.add_level(LEJP_MP_STRING)
            }
            LEJP_M_P => Reject(LEJP_REJECT_MP_NO_OPEN_QUOTE),
            LEJP_MP_STRING => self.string(c),
            LEJP_MP_STRING_ESC => self.escape(c),
            LEJP_MP_STRING_ESC_U1..=LEJP_MP_STRING_ESC_U4 => self.unicode(c, state),
            LEJP_MP_DELIM => self.delimiter(c),
            LEJP_MP_VALUE => self.value(c),
            LEJP_MP_VALUE_NUM_INT => self.number(c),
            LEJP_MP_VALUE_NUM_EXP => self.exponent(c),
            LEJP_MP_VALUE_TOK => self.word(c),
            LEJP_MP_COMMA_OR_END => self.comma_or_end(c),
            LEJP_MP_ARRAY_END => self.array_end(c),
            _ => Reject(LEJP_REJECT_UNKNOWN),
        }
    }

    fn idle(self, c: u8) -> Step {
        match c {
            b'[' if self.get().sp == 0 => {
                self.set().outer_array = 1;
                self.begin_array()
            }
            b'{' => {
                if self.tell(LEJPCB_OBJECT_START) != 0 {
                    return Reject(LEJP_REJECT_CALLBACK);
                }
                self.set_state(LEJP_MEMBERS as u8);
                Next
            }
            _ => Reject(LEJP_REJECT_IDLE_NO_BRACE),
        }
    }

    /// An outermost object must have members.
    fn end_of_empty_object(self) -> Step {
        if self.get().sp > 0 {
            return self.end_inner_object();
        }
        self.set_state(LEJP_IDLE as u8);
        Reject(LEJP_REJECT_MEMBERS_NO_CLOSE)
    }

    fn delimiter(self, c: u8) -> Step {
        if c != b':' {
            return Reject(LEJP_REJECT_MP_DELIM_MISSING_COLON);
        }
        self.set_state(LEJP_MP_VALUE as u8);
        self.end_path();
        self.check_path_match();
        self.told(LEJPCB_PAIR_NAME)
    }

    fn value(self, c: u8) -> Step {
        match c {
            b'-' | b'0'..=b'9' => {
                let ctx = self.set();
                ctx.npos = 0;
                ctx.dcount = 0;
                ctx.f = 0;
                self.set_state(LEJP_MP_VALUE_NUM_INT as u8);
                Again
            }
            b'"' => {
                self.set_state(LEJP_MP_COMMA_OR_END as u8);
                self.set().npos = 0;
                self.set().buf[0] = 0;
                if self.tell(LEJPCB_VAL_STR_START) != 0 {
                    return Reject(LEJP_REJECT_CALLBACK);
                }
                self.add_level(LEJP_MP_STRING)
            }
            b'{' => {
                self.set_state(LEJP_MP_COMMA_OR_END as u8);
                self.check_path_match();
                if self.tell(LEJPCB_OBJECT_START) != 0 {
                    return Reject(LEJP_REJECT_CALLBACK);
                }
                self.set().path_match = 0;
                self.add_level(LEJP_MEMBERS)
            }
            b'[' => self.begin_array(),
            b']' => match self.leave_array() {
                Ok(()) => self.array_end(c),
                Err(why) => Reject(why),
            },
            b't' => self.begin_word(scalar::TRUE),
            b'f' => self.begin_word(scalar::FALSE),
            b'n' => self.begin_word(scalar::NULL),
            _ => Reject(LEJP_REJECT_MP_DELIM_BAD_VALUE_START),
        }
    }

    fn begin_array(self) -> Step {
        self.set_state(LEJP_MP_ARRAY_END as u8);
        if !self.push_path(b'[') || !self.push_path(b']') {
            return Reject(LEJP_REJECT_STACK_OVERFLOW);
        }
        self.end_path();
        if self.tell(LEJPCB_ARRAY_START) != 0 {
            return Reject(LEJP_REJECT_CALLBACK);
        }
        let ctx = self.set();
        let at = usize::from(ctx.ipos);
        // It counts the one too many also.
        ctx.ipos = ctx.ipos.saturating_add(1);
        let Some(index) = ctx.i.get_mut(at) else {
            return Reject(LEJP_REJECT_MP_DELIM_ISTACK);
        };
        *index = 0;
        self.add_level(LEJP_MP_VALUE)
    }

    fn comma_or_end(self, c: u8) -> Step {
        self.end_path();
        match c {
            b',' => {
                self.next_member();
                Next
            }
            b']' => match self.leave_array() {
                Ok(()) => Again,
                Err(why) => Reject(why),
            },
            b'}' if self.get().sp == 0 => {
                self.check_path_match();
                if self.tell(LEJPCB_OBJECT_END) != 0 {
                    return Reject(LEJP_REJECT_CALLBACK);
                }
                self.complete()
            }
            b'}' => self.end_inner_object(),
            _ => Reject(LEJP_REJECT_MP_C_OR_E_NEITHER),
        }
    }

    /// After a comma: a member of an object, or a value of an array whose index goes up.
    fn next_member(self) {
        let sp = usize::from(self.get().sp);
        self.set_state(LEJP_M_P as u8);
        if sp == 0 {
            self.top_mut().ppos = 0;
            self.set().path_match = 0;
            return;
        }
        let parent = self.get().st[sp - 1];
        self.shorten_path(parent.p);
        self.unmatch_when_shorter();
        if parent.s as u8 == LEJP_MP_ARRAY_END as u8 {
            self.count_up();
            self.set_state(LEJP_MP_VALUE as u8);
        }
    }

    /// Goes up from within an array to the level that it stands on.
    fn leave_array(self) -> Result<(), c_int> {
        if self.get().sp == 0 {
            return Err(LEJP_REJECT_MP_C_OR_E_UNDERF);
        }
        self.set().sp -= 1;
        if c_uint::from(self.state()) != LEJP_MP_ARRAY_END {
            return Err(LEJP_REJECT_MP_C_OR_E_NOTARRAY);
        }
        let sp = usize::from(self.get().sp);
        if sp > 0 {
            let parent = self.get().st[sp - 1];
            self.shorten_path(parent.p);
            self.set().ipos = parent.i as u8;
        }
        self.end_path();
        self.unmatch_when_shorter();
        Ok(())
    }

    fn array_end(self, c: u8) -> Step {
        self.end_path();
        if c == b',' {
            self.next_after_brace();
            return Next;
        }
        if c != b']' {
            return Reject(LEJP_REJECT_MP_ARRAY_END_MISSING);
        }
        self.set_state(LEJP_MP_COMMA_OR_END as u8);
        let outermost = self.get().outer_array != 0 && self.get().sp == 0;
        if outermost {
            self.check_path_match();
        }
        // 4.1.6 listens to what the callback says at the end of the outermost array only.
        match self.tell(LEJPCB_ARRAY_END) {
            0 if outermost => self.complete(),
            _ if outermost => Reject(LEJP_REJECT_CALLBACK),
            _ => Next,
        }
    }

    /// After a comma where a brace closed an array: it goes on.
    fn next_after_brace(self) {
        self.count_up();
        self.set_state(LEJP_MP_VALUE as u8);
        if let Some(parent) = usize::from(self.get().sp).checked_sub(1) {
            let to = self.get().st[parent].p;
            self.shorten_path(to);
        }
    }

    /// The next element of the array that the parser is in.
    fn count_up(self) {
        let ctx = self.set();
        if let Some(index) = usize::from(ctx.ipos).checked_sub(1).and_then(|n| ctx.i.get_mut(n)) {
            *index = index.wrapping_add(1);
        }
    }

    fn end_inner_object(self) -> Step {
        let ctx = self.set();
        ctx.sp = ctx.sp.saturating_sub(1);
        let sp = usize::from(ctx.sp);
        if sp > 0 {
            let level = ctx.st[sp];
            self.shorten_path(level.p);
            self.set().ipos = level.i as u8;
        }
        self.end_path();
        self.unmatch_when_shorter();
        self.check_path_match();
        self.told(LEJPCB_OBJECT_END)
    }

    fn complete(self) -> Step {
        if self.tell(LEJPCB_COMPLETE) != 0 { Reject(LEJP_REJECT_CALLBACK) } else { Done }
    }

    /// Goes down one level, which begins in that state.
    fn add_level(self, state: c_uint) -> Step {
        let below = c_uint::from(self.state());
        let separate = self.top().ppos != 0 && below != LEJP_MP_COMMA_OR_END && below != LEJP_MP_ARRAY_END;
        if separate && !self.push_path(b'.') {
            return Reject(LEJP_REJECT_STACK_OVERFLOW);
        }
        let ppos = self.top().ppos;
        let ctx = self.set();
        let sp = usize::from(ctx.sp);
        ctx.st[sp].p = ppos as c_char;
        ctx.st[sp].i = ctx.ipos as c_char;
        ctx.sp += 1;
        let Some(level) = ctx.st.get_mut(sp + 1) else { return Reject(LEJP_REJECT_STACK_OVERFLOW) };
        level.s = state as c_char;
        level.b = 0;
        self.end_path();
        Next
    }

    /// Whether the string that is being read is the name of a member.
    fn is_name(self) -> bool {
        let ctx = self.get();
        let below = usize::from(ctx.sp).checked_sub(1).and_then(|n| ctx.st.get(n));
        below.is_some_and(|level| c_uint::from(level.s as u8) == LEJP_MP_DELIM)
    }

    fn state(self) -> u8 {
        let ctx = self.get();
        ctx.st[usize::from(ctx.sp).min(ctx.st.len() - 1)].s as u8
    }

    fn set_state(self, state: u8) {
        let ctx = self.set();
        ctx.st[usize::from(ctx.sp).min(LEJP_MAX_DEPTH as usize - 1)].s = state as c_char;
    }

    fn top(self) -> _lejp_parsing_stack {
        let ctx = self.get();
        ctx.pst[usize::from(ctx.pst_sp).min(ctx.pst.len() - 1)]
    }

    fn top_mut(&self) -> &mut _lejp_parsing_stack {
        let ctx = self.set();
        &mut ctx.pst[usize::from(ctx.pst_sp).min(LEJP_MAX_PARSING_STACK_DEPTH as usize - 1)]
    }

    fn told(self, reason: c_uint) -> Step {
        if self.tell(reason) != 0 { Reject(LEJP_REJECT_CALLBACK) } else { Next }
    }

    /// Tells the callback of the parser on top.
    fn tell(self, reason: c_uint) -> i8 {
        self.call(self.top().callback, reason)
    }

    fn call(self, callback: lejp_callback, reason: c_uint) -> i8 {
        // SAFETY: the program gave the function for this purpose; no reference into the parser lives here.
        callback.map_or(0, |f| unsafe { f(self.0, reason as c_char) })
    }
}

/// What a code of `parse` means, in the words of 4.1.6.
pub fn text(code: c_int) -> &'static CStr {
    const TEXTS: [&CStr; 24] = [
        c"",
        c"",
        c"No opening '{'",
        c"Expected closing '}'",
        c"Expected '\"'",
        c"String underrun",
        c"Illegal unescaped control char",
        c"Illegal escape format",
        c"Illegal hex number",
        c"Expected ':'",
        c"Illegal value start",
        c"Digit required after decimal point",
        c"Bad number format",
        c"Bad exponent format",
        c"Unknown token",
        c"Too many ']'",
        c"Mismatched ']'",
        c"Expected ']'",
        c"JSON nesting limit exceeded",
        c"Nesting tracking used up",
        c"Number too long",
        c"Comma or block end expected",
        c"Unknown",
        c"Parser callback errored (see earlier error)",
    ];
    TEXTS.get(code.min(0).unsigned_abs() as usize).copied().unwrap_or(c"Unknown error")
}
