//! The state that handlers share: the desk and the settings of the API.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, extract::FromRef};
use tickmate_core::desk::Desk;

use crate::{HttpSettings, OuterLayer, router::desk_router};

/// The REST API over one desk, and the state that the extractors of this crate read.
///
/// A clone shares the same desk. An application that adds routes of its own holds a `DeskApi` in its state and says so
/// with [`FromRef`]; then [`Acting`](crate::Acting), [`SignedIn`](crate::SignedIn) and the other extractors work in its
/// handlers.
///
/// ```
/// use axum::{Json, Router, extract::{FromRef, State}, routing::get};
/// use tickmate_http::{Acting, DeskApi, Problem};
///
/// #[derive(Clone)]
/// struct Shop {
///     api: DeskApi,
///     name: &'static str,
/// }
///
/// impl FromRef<Shop> for DeskApi {
///     fn from_ref(shop: &Shop) -> Self {
///         shop.api.clone()
///     }
/// }
///
/// /// `GET /hello`: answers 401 unless the caller is logged in.
/// async fn hello(State(shop): State<Shop>, Acting(actor): Acting) -> Result<Json<String>, Problem> {
///     Ok(Json(format!("{} knows {:?}", shop.name, actor.id())))
/// }
///
/// fn app(shop: Shop) -> Router {
///     let api = shop.api.clone();
///     Router::new()
///         .route("/hello", get(hello))
///         .layer(api.outer_layer())
///         .with_state(shop)
///         .nest("/support", api.router())
/// }
/// ```
#[derive(Clone)]
pub struct DeskApi(Arc<App>);

impl DeskApi {
    /// Makes the API of a desk.
    pub fn new(desk: Arc<Desk>, settings: HttpSettings) -> Self {
        Self(Arc::new(App::new(desk, settings)))
    }

    /// Returns the desk.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.0.desk
    }

    /// Returns the settings.
    pub fn settings(&self) -> &HttpSettings {
        &self.0.settings
    }

    /// Returns the routes of the API, with their outer layer.
    pub fn router(&self) -> Router {
        desk_router(self)
    }

    /// Returns the layer that every route of the API has, for an application's own routes.
    ///
    /// It gives each request an id and a log line, each response the security headers, each [`Problem`](crate::Problem)
    /// its body (RFC 9457), and turns a panic into a response with status 500.
    pub fn outer_layer(&self) -> OuterLayer {
        OuterLayer::new(self.clone())
    }

    pub(crate) fn app(&self) -> &Arc<App> {
        &self.0
    }
}

impl fmt::Debug for DeskApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeskApi")
            .field("settings", self.settings())
            .finish_non_exhaustive()
    }
}

impl FromRef<Arc<App>> for DeskApi {
    fn from_ref(app: &Arc<App>) -> Self {
        Self(Arc::clone(app))
    }
}

/// The state of the API's own handlers.
pub(crate) struct App {
    pub(crate) desk: Arc<Desk>,
    pub(crate) settings: HttpSettings,
    requests: AtomicU64,
}

impl App {
    pub(crate) const fn new(desk: Arc<Desk>, settings: HttpSettings) -> Self {
        Self {
            desk,
            settings,
            requests: AtomicU64::new(0),
        }
    }

    /// Returns a new id for a request, made of the desk's time and this process's count.
    pub(crate) fn request_id(&self) -> String {
        let count = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{count:x}", self.desk.now().timestamp_micros())
    }

    /// Returns the name of the session cookie.
    pub(crate) const fn cookie_name(&self) -> &'static str {
        self.settings.cookie_name()
    }
}
