//! service_check
