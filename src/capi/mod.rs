//! Floor 4: the only door. `extern "C"` functions, one file per family; no logic lives here.
