//! The streaming JSON parser. Text comes in pieces of any size; what it means goes to the program's callback at once.
//!
//! All state is C's `struct lejp_ctx`, which the program allocates and its callback looks at and may change: it pushes
//! parsers, changes callbacks, writes members. So nothing here is borrowed while the callback runs, and every index is
//! bounded where it is used.

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

/// The words that a value may be, one after the other; where each begins and what it means.
const WORDS: &[u8] = b"truefalsenull";
const TRUE: u16 = 0;
const FALSE: u16 = 4;
const NULL: u16 = 9;

/// More digits than this end a number.
const MAX_DIGITS: u8 = 20;

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

    fn string(self, c: u8) -> Step {
        match c {
            b'"' => {
                if self.get().sp == 0 {
                    return Reject(LEJP_REJECT_MP_STRING_UNDERRUN);
                }
                if !self.is_name() {
                    self.end_buf();
                    if self.tell(LEJPCB_VAL_STR_END) < 0 {
                        return Reject(LEJP_REJECT_CALLBACK);
                    }
                }
                let ctx = self.set();
                ctx.sp = ctx.sp.saturating_sub(1);
                Next
            }
            b'\\' => {
                self.set_state(LEJP_MP_STRING_ESC as u8);
                Next
            }
            ..b' ' => Reject(LEJP_REJECT_MP_ILLEGAL_CTRL),
            _ => self.emit(c),
        }
    }

    fn escape(self, c: u8) -> Step {
        let plain = match c {
            b'u' => {
                self.set_state(LEJP_MP_STRING_ESC_U1 as u8);
                self.set().uni = 0;
                return Next;
            }
            b'"' | b'\\' | b'/' => c,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            _ => return Reject(LEJP_REJECT_MP_STRING_ESC_ILLEGAL_ESC),
        };
        self.set_state(LEJP_MP_STRING as u8);
        self.emit(plain)
    }

    /// A digit of \uXXXX. Each byte of its UTF-8 form is emitted as soon as it is known.
    fn unicode(self, c: u8, state: u8) -> Step {
        let Some(digit) = (c as char).to_digit(16) else { return Reject(LEJP_REJECT_ILLEGAL_HEX) };
        let uni = self.get().uni << 4 | digit as u16;
        self.set().uni = uni;
        self.set_state(state + 1);
        match c_uint::from(state) {
            LEJP_MP_STRING_ESC_U2 if uni >= 0x08 => self.emit(0xe0 | (uni >> 4) as u8),
            LEJP_MP_STRING_ESC_U3 if uni >= 0x80 => self.emit(0x80 | (uni >> 2 & 0x3f) as u8),
            LEJP_MP_STRING_ESC_U3 if uni >= 0x08 => self.emit(0xc0 | (uni >> 2) as u8),
            LEJP_MP_STRING_ESC_U4 => {
                self.set_state(LEJP_MP_STRING as u8);
                self.emit(if uni >= 0x80 { 0x80 | (uni & 0x3f) as u8 } else { uni as u8 })
            }
            _ => Next,
        }
    }

    /// A byte of a name goes to the path, one of a value to the buffer.
    fn emit(self, c: u8) -> Step {
        if self.is_name() {
            return if self.push_path(c) { Next } else { Reject(LEJP_REJECT_STACK_OVERFLOW) };
        }
        let full = self.get().buf.len() - 1;
        let at = usize::from(self.get().npos).min(full - 1);
        self.set().buf[at] = c as c_char;
        self.set().npos = at as u8 + 1;
        if at + 1 == full {
            self.end_buf();
            if self.tell(LEJPCB_VAL_STR_CHUNK) != 0 {
                return Reject(LEJP_REJECT_CALLBACK);
            }
            self.set().npos = 0;
        }
        Next
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
            b't' => self.begin_word(TRUE),
            b'f' => self.begin_word(FALSE),
            b'n' => self.begin_word(NULL),
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

    fn begin_word(self, from: u16) -> Step {
        self.set().uni = from + 1;
        self.set_state(LEJP_MP_VALUE_TOK as u8);
        Next
    }

    fn word(self, c: u8) -> Step {
        let at = self.get().uni;
        if WORDS.get(usize::from(at)) != Some(&c) {
            return Reject(LEJP_REJECT_MP_VAL_TOK_UNKNOWN);
        }
        self.set().uni = at + 1;
        let (text, reason) = match at + 1 {
            FALSE => (b'1', LEJPCB_VAL_TRUE),
            NULL => (b'0', LEJPCB_VAL_FALSE),
            end if usize::from(end) == WORDS.len() => (0, LEJPCB_VAL_NULL),
            _ => return Next,
        };
        self.set().buf[0] = text as c_char;
        self.set().buf[1] = 0;
        self.set_state(LEJP_MP_COMMA_OR_END as u8);
        self.told(reason)
    }

    fn number(self, c: u8) -> Step {
        let ctx = self.set();
        let seen = |flag: c_uint| ctx.f & flag as u8 != 0;
        if ctx.npos == 0 && c == b'-' {
            ctx.f |= LEJP_SEEN_MINUS as u8;
            return self.push_digit(c);
        }
        if ctx.dcount < MAX_DIGITS && c.is_ascii_digit() {
            if seen(LEJP_SEEN_POINT) {
                ctx.f |= LEJP_SEEN_POST_POINT as u8;
            }
            ctx.dcount += 1;
            return self.push_digit(c);
        }
        if c == b'.' {
            if ctx.dcount == 0 || seen(LEJP_SEEN_POINT) {
                return Reject(LEJP_REJECT_MP_VAL_NUM_FORMAT);
            }
            ctx.f |= LEJP_SEEN_POINT as u8;
            return self.push_digit(c);
        }
        if seen(LEJP_SEEN_POINT) && !seen(LEJP_SEEN_POST_POINT) {
            return Reject(LEJP_REJECT_MP_VAL_NUM_INT_NO_FRAC);
        }
        if matches!(c, b'e' | b'E') {
            if seen(LEJP_SEEN_EXP) {
                return Reject(LEJP_REJECT_MP_VAL_NUM_FORMAT);
            }
            ctx.f |= LEJP_SEEN_EXP as u8;
            self.set_state(LEJP_MP_VALUE_NUM_EXP as u8);
            return self.push_digit(c);
        }
        if ctx.dcount == 0 {
            return Reject(LEJP_REJECT_MP_VAL_NUM_FORMAT);
        }
        let float = seen(LEJP_SEEN_POINT);
        self.end_buf();
        if self.tell(if float { LEJPCB_VAL_NUM_FLOAT } else { LEJPCB_VAL_NUM_INT }) != 0 {
            return Reject(LEJP_REJECT_CALLBACK);
        }
        self.set_state(LEJP_MP_COMMA_OR_END as u8);
        Again
    }

    fn exponent(self, c: u8) -> Step {
        self.set_state(LEJP_MP_VALUE_NUM_INT as u8);
        match c {
            b'0'..=b'9' => Again,
            b'+' | b'-' => self.push_digit(c),
            _ => Reject(LEJP_REJECT_MP_VAL_NUM_EXP_BAD_EXP),
        }
    }

    fn push_digit(self, c: u8) -> Step {
        let at = usize::from(self.get().npos);
        if at + 1 >= self.get().buf.len() {
            return Reject(LEJP_REJECT_NUM_TOO_LONG);
        }
        self.set().buf[at] = c as c_char;
        self.set().npos += 1;
        Next
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

    /// Sets path_match for the first of the paths that the path fits, unless one fits already.
    pub fn check_path_match(self) {
        if self.get().path_match != 0 {
            return;
        }
        let top = self.top();
        let ctx = self.get();
        let stride = if ctx.path_stride == 0 { size_of::<*const c_char>() } else { ctx.path_stride };
        // SAFETY: plain bytes of the same size; `ppos` and NULs bound what is looked at.
        let path = unsafe { std::slice::from_raw_parts(ctx.path.as_ptr().cast::<u8>(), ctx.path.len()) };
        let path = path.split(|c| *c == 0).next().unwrap_or_default();
        for n in 0..if top.paths.is_null() { 0 } else { top.count_paths } {
            // SAFETY: the program's table has that many entries, `stride` bytes apart, by the contract of `new`; with a
            // stride of its own they need not be aligned.
            let pattern = unsafe { top.paths.byte_add(usize::from(n) * stride).read_unaligned() };
            if pattern.is_null() {
                continue;
            }
            // SAFETY: an entry is a NUL-ended text.
            let pattern = unsafe { CStr::from_ptr(pattern) }.to_bytes();
            let mut wild = [0; 5];
            if let Some(count) = matches(path, pattern, &mut wild) {
                let ctx = self.set();
                ctx.wild[..count].copy_from_slice(&wild[..count]);
                ctx.wildcount = count as u8;
                ctx.path_match = n.wrapping_add(1);
                ctx.path_match_len = top.ppos;
                return;
            }
        }
        self.set().wildcount = 0;
    }

    /// The part of the path that a `*` stands for.
    pub fn wildcard(&self, index: usize) -> Option<&[u8]> {
        let ctx = self.get();
        if index >= usize::from(ctx.wildcount) {
            return None;
        }
        let from = usize::from(*ctx.wild.get(index)?);
        let to = usize::from(self.top().ppos).min(ctx.path.len());
        // SAFETY: plain bytes of the same size.
        let path = unsafe { std::slice::from_raw_parts(ctx.path.as_ptr().cast::<u8>(), ctx.path.len()) };
        let part = path.get(from..to).unwrap_or_default();
        // The first byte counts whatever it is.
        let len = part.iter().skip(1).position(|c| *c == b'.').map_or(part.len(), |n| n + 1);
        Some(&part[..len])
    }

    fn unmatch_when_shorter(self) {
        let ppos = self.top().ppos;
        let ctx = self.set();
        if ctx.path_match != 0 && ppos <= ctx.path_match_len {
            ctx.path_match = 0;
        }
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

    /// `false`: the path has no room for the byte and its NUL.
    fn push_path(self, c: u8) -> bool {
        let at = usize::from(self.top().ppos);
        let room = at + 1 < self.get().path.len();
        if room {
            self.set().path[at] = c as c_char;
            self.top_mut().ppos += 1;
        }
        room
    }

    fn shorten_path(self, to: c_char) {
        self.top_mut().ppos = to as u8;
        self.end_path();
    }

    fn end_path(self) {
        let at = usize::from(self.top().ppos).min(LEJP_MAX_PATH as usize - 1);
        self.set().path[at] = 0;
    }

    fn end_buf(self) {
        let at = usize::from(self.get().npos).min(self.get().buf.len() - 1);
        self.set().buf[at] = 0;
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

/// Whether a path fits a pattern, and where each `*` begins. A `*` at the end fits all that is left, any other up to the
/// next dot. Those after the fifth fit too but are not recorded: C has room for no more.
fn matches(path: &[u8], pattern: &[u8], wild: &mut [u16; 5]) -> Option<usize> {
    let (mut at, mut count) = (0, 0);
    let mut rest = pattern;
    while let (Some(&c), Some((&q, after))) = (path.get(at), rest.split_first()) {
        if q != b'*' {
            if c != q {
                return None;
            }
            at += 1;
        } else {
            if let Some(place) = wild.get_mut(count) {
                *place = at as u16;
                count += 1;
            }
            let stop = if after.is_empty() { None } else { path[at..].iter().position(|c| *c == b'.') };
            at = stop.map_or(path.len(), |n| at + n);
        }
        rest = after;
    }
    (at == path.len() && rest.is_empty()).then_some(count)
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
