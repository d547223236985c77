//! What the linker needs so that Node's symbols stay open.

fn main() {
    napi_build::setup();
}
