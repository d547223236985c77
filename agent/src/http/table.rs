//! The table of what is served, a row a path.

use super::answer::Answer;
use super::request::Request;
use super::slots::Class;

/// Makes an answer.
type Page = Box<dyn Fn(&Request) -> Answer + Send + Sync>;

/// One row.
struct Route {
    path: &'static str,
    class: Class,
    page: Page,
}

/// What a listener serves.
#[derive(Default)]
pub(crate) struct Table {
    routes: Vec<Route>,
}

impl Table {
    /// With an answer for probes, made at once.
    pub(super) fn probe(self, path: &'static str, page: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Table {
        self.with(path, Class::Probe, Box::new(page))
    }

    /// With an answer that is made and read within seconds.
    pub(crate) fn page(self, path: &'static str, page: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Table {
        self.with(path, Class::Page, Box::new(page))
    }

    /// With an answer in pieces that goes on for as long as the client reads it.
    pub(crate) fn lasting(
        self,
        path: &'static str,
        page: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Table {
        self.with(path, Class::Lasting, Box::new(page))
    }

    fn with(mut self, path: &'static str, class: Class, page: Page) -> Table {
        self.routes.push(Route { path, class, page });
        self
    }

    /// The class of a path; that of a short page if there is no such path.
    pub(super) fn class(&self, path: &str) -> Class {
        self.find(path).map_or(Class::Page, |route| route.class)
    }

    pub(super) fn answer(&self, request: &Request) -> Answer {
        match self.find(&request.path) {
            Some(route) => (route.page)(request),
            None => {
                let paths: Vec<_> = self.routes.iter().map(|route| route.path).collect();
                Answer::text("404 Not Found", format!("there is {}\n", paths.join(", ")))
            }
        }
    }

    fn find(&self, path: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.path == path)
    }
}
