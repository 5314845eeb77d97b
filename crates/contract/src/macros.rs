//! The macro behind the list of commands.

/// From one list makes a request type for each command, the [`Handlers`](crate::Handlers) trait with a method for each
/// (so that a missing handler does not compile) and [`dispatch`](crate::dispatch).
#[macro_export]
macro_rules! commands {
    ($($(#[$doc:meta])* $method:ident: $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? } => $reply:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$field_doc])* pub $field: $type),* }

            impl $crate::Command for $name {
                const NAME: &'static str = stringify!($method);
                type Reply = $reply;
            }
        )*

        /// One method a command: what answers the window.
        pub trait Handlers {
            $($(#[$doc])* fn $method(&self, request: $name) -> Result<$reply, $crate::Failure>;)*
        }

        /// The names of all commands.
        pub const NAMES: &[&str] = &[$(stringify!($method)),*];

        /// Answers one call of the window: finds the handler by name, reads the request, writes the reply.
        ///
        /// # Errors
        /// The handler's [`Failure`](crate::Failure), or [`Code::BadRequest`](crate::Code::BadRequest) with the name
        /// or field that was not understood.
        pub fn dispatch<H: Handlers + ?Sized>(
            handlers: &H,
            name: &str,
            payload: serde_json::Value,
        ) -> Result<serde_json::Value, $crate::Failure> {
            match name {
                $(stringify!($method) => {
                    let request: $name = serde_json::from_value(payload)
                        .map_err(|error| $crate::Failure::bad_request(name, &error.to_string()))?;
                    let reply = handlers.$method(request)?;
                    serde_json::to_value(reply)
                        .map_err(|error| $crate::Failure::bad_request(name, &error.to_string()))
                })*
                unknown => Err($crate::Failure::bad_request(unknown, "no such command")),
            }
        }
    };
}
