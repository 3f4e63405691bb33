// Signing in: LOGIN and AUTHENTICATE PLAIN (RFC 4616), with SASL-IR (RFC 4959) where offered.
#pragma once

#include "engine/base/secret.h"
#include "engine/imap/session.h"

namespace godwit::imap {

struct Credentials {
    std::string user;                 // the account; the authorization identity when auth_user is set
    std::string auth_user;            // whose password it is; empty: user's
    const Secret<std::string>& password;
};

// Chooses the mechanism: PLAIN where offered or where an authorization identity is needed, LOGIN otherwise. A refused
// password is submitted once: no second mechanism is tried with it. Afterwards the capabilities are known again.
// Errors: auth_failed, auth_unavailable, and what the connection meets.
Awaitable<Result<void>> sign_in(Session& session, const Credentials& credentials);

// base64 of authzid NUL authcid NUL password.
std::string plain_initial_response(const Credentials& credentials);

}  // namespace godwit::imap
