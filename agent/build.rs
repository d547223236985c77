//! Compresses the files of the live page, which the command carries in itself.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=page");
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let mut names: Vec<_> =
        fs::read_dir("page")?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    names.sort();
    let mut code = String::from(
        "/// A file of the page.\nstruct File {\n    path: &'static str,\n    content_type: &'static str,\n    compressed: &'static [u8],\n}\n\nconst FILES: &[File] = &[\n",
    );
    for path in names {
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name that is not UTF-8")?;
        let content_type = match path.extension().and_then(|extension| extension.to_str()) {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => return Err(format!("page/{name}: there is no type for this").into()),
        };
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(&path)?)?;
        let compressed = out.join(format!("{name}.gz"));
        fs::write(&compressed, encoder.finish()?)?;
        let target = if name == "index.html" { "/".to_owned() } else { format!("/page/{name}") };
        writeln!(
            code,
            "    File {{ path: {target:?}, content_type: {content_type:?}, compressed: include_bytes!({compressed:?}) }},"
        )?;
    }
    code.push_str("];\n");
    fs::write(out.join("page.rs"), code)?;
    Ok(())
}
