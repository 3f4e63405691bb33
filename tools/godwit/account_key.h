// AccountKey: which account is meant, however its host is spelt and whoever signs in for it.
#pragma once

#include "engine/base/text.h"
#include "engine/sync/request.h"

namespace godwit::cli {

struct AccountKey {
    std::string host;  // in small letters, without a dot at the end
    std::uint16_t port = 0;
    std::string user;  // the effective one, as it was given
};

inline AccountKey key_of(const sync::AccountSpec& account) {
    auto host = lower_case(account.endpoint.host);
    if (host.ends_with('.')) host.pop_back();
    return {std::move(host), account.endpoint.port, account.user};
}

}  // namespace godwit::cli
