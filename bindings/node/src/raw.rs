//! Node-API's functions as they are, for what is called once a metric or a datagram: napi-rs costs a call with arguments a multiple of them.

use std::ffi::CStr;

use napi::bindgen_prelude::Object;
use napi::{Env, Error, JsValue, Result, sys};

/// A function that JavaScript calls.
pub(crate) type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

/// Longest text that is read without an allocation, one byte for its end included.
const SHORT: usize = 1024;

/// The first `N` arguments of a call; what JavaScript has left out is `undefined`.
pub(crate) struct Call<const N: usize> {
    env: sys::napi_env,
    values: [sys::napi_value; N],
}

impl<const N: usize> Call<N> {
    /// The call that Node makes at this moment.
    ///
    /// # Safety
    ///
    /// `env` and `info` are those that Node has handed to a callback that has not returned.
    pub(crate) unsafe fn new(env: sys::napi_env, info: sys::napi_callback_info) -> Self {
        let (mut count, mut values) = (N, [std::ptr::null_mut(); N]);
        let nothing = std::ptr::null_mut();
        // SAFETY: both are live, as the contract says; the outputs have the sizes that are told.
        unsafe { sys::napi_get_cb_info(env, info, &raw mut count, values.as_mut_ptr(), nothing, nothing.cast()) };
        Call { env, values }
    }

    fn value(&self, at: usize) -> sys::napi_value {
        self.values.get(at).copied().unwrap_or(std::ptr::null_mut())
    }

    /// A whole number; 0 for what is none.
    pub(crate) fn index(&self, at: usize) -> u32 {
        let mut index = 0;
        // SAFETY: the value is of this call; the output is one number.
        unsafe { sys::napi_get_value_uint32(self.env, self.value(at), &raw mut index) };
        index
    }

    /// A number; `None` for what is none.
    pub(crate) fn number(&self, at: usize) -> Option<f64> {
        let mut number = 0.0;
        // SAFETY: as above.
        let status = unsafe { sys::napi_get_value_double(self.env, self.value(at), &raw mut number) };
        (status == sys::Status::napi_ok).then_some(number)
    }

    /// Calls `work` with a text as UTF-8, a lone surrogate as U+FFFD; with no bytes for what is no text.
    pub(crate) fn text<T>(&self, at: usize, work: impl FnOnce(&[u8]) -> T) -> T {
        let mut short = [0u8; SHORT];
        let (env, value, mut len) = (self.env, self.value(at), 0usize);
        // SAFETY: the value is of this call; each output has the size that is told.
        unsafe { sys::napi_get_value_string_utf8(env, value, short.as_mut_ptr().cast(), SHORT, &raw mut len) };
        // A text that fills the place may be longer: a character is up to four bytes, and one byte is for the end.
        if len + 4 < SHORT {
            return work(&short[..len]);
        }
        let mut long = Vec::new();
        self.append(at, &mut long);
        work(&long)
    }

    /// Appends a text as UTF-8 to `bytes`; nothing for what is no text.
    pub(crate) fn append(&self, at: usize, bytes: &mut Vec<u8>) {
        let (env, value, mut len) = (self.env, self.value(at), 0usize);
        // SAFETY: the value is of this call, and without a place the output is the length.
        unsafe { sys::napi_get_value_string_utf8(env, value, std::ptr::null_mut(), 0, &raw mut len) };
        let start = bytes.len();
        bytes.resize(start + len + 1, 0);
        let place = bytes[start..].as_mut_ptr().cast();
        // SAFETY: the place has room for the text and its end.
        unsafe { sys::napi_get_value_string_utf8(env, value, place, len + 1, &raw mut len) };
        bytes.truncate(start + len);
    }

    /// Where the bytes of a typed array are, and how many elements it has; `None` for what is none, for one of another kind, and for one of shared memory, whatever
    /// its properties say.
    pub(crate) fn elements(&self, at: usize, kind: sys::napi_typedarray_type) -> Option<(*mut u8, usize)> {
        let (mut found, mut len, mut start, mut buffer) = (0, 0usize, std::ptr::null_mut(), std::ptr::null_mut());
        let (nothing, mut is_own) = (std::ptr::null_mut(), false);
        // SAFETY: the value is of this call; what is not wanted may be left out, and the buffer is one of this call, too.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.value(at),
                &raw mut found,
                &raw mut len,
                &raw mut start,
                &raw mut buffer,
                nothing,
            )
        };
        if status != sys::Status::napi_ok || found != kind {
            return None;
        }
        // SAFETY: as above. A `SharedArrayBuffer` is no `ArrayBuffer`.
        unsafe { sys::napi_is_arraybuffer(self.env, buffer, &raw mut is_own) };
        is_own.then_some((start.cast(), len))
    }

    /// A whole number for JavaScript.
    pub(crate) fn result(&self, number: i32) -> sys::napi_value {
        let mut result = std::ptr::null_mut();
        // SAFETY: the environment is that of this call.
        unsafe { sys::napi_create_int32(self.env, number, &raw mut result) };
        result
    }

    /// Text for JavaScript, from UTF-16.
    pub(crate) fn utf16(&self, text: &[u16]) -> sys::napi_value {
        let mut result = std::ptr::null_mut();
        // SAFETY: the text has the length that is told; Node copies it.
        unsafe { sys::napi_create_string_utf16(self.env, text.as_ptr(), text.len() as isize, &raw mut result) };
        result
    }
}

/// Adds a function to the exports.
pub(crate) fn export(env: &Env, exports: &Object<'_>, name: &'static CStr, callback: Callback) -> Result<()> {
    let mut function = std::ptr::null_mut();
    let nothing = std::ptr::null_mut();
    // SAFETY: the name ends where it says, and the callback is a function for ever.
    let status = unsafe {
        let len = name.count_bytes() as isize;
        sys::napi_create_function(env.raw(), name.as_ptr(), len, Some(callback), nothing, &raw mut function)
    };
    if status != sys::Status::napi_ok {
        return Err(Error::from_reason(format!("{} cannot be exported", name.to_string_lossy())));
    }
    // SAFETY: both values are of this environment.
    unsafe { sys::napi_set_named_property(env.raw(), exports.raw(), name.as_ptr(), function) };
    Ok(())
}
