//! Floor 2: handles and thread ownership: right thread, live handle, every call.
