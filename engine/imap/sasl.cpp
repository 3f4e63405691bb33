#include "engine/imap/sasl.h"

#include <openssl/evp.h>

#include "engine/imap/quirks.h"

namespace godwit::imap {
namespace {

std::string base64(std::string_view bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                       reinterpret_cast<const unsigned char*>(bytes.data()),
                                       static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

Command plain_command(const Session& session, const Credentials& credentials) {
    Command command;
    command.name = "AUTHENTICATE";
    std::string response = plain_initial_response(credentials);
    if (session.has("SASL-IR")) {
        command.parts.push_back({"AUTHENTICATE PLAIN " + response + "\r\n", false, 0});
    } else {
        command.parts.push_back({"AUTHENTICATE PLAIN\r\n", true, 0});
        command.parts.push_back({response + "\r\n", false, 0});
    }
    wipe(response);
    return command;
}

Command login_command(const Session& session, const Credentials& credentials) {
    Command command;
    command.name = "LOGIN";
    command.parts = CommandBuilder("LOGIN", session.encoder_options())
                        .astring(credentials.user)
                        .astring(credentials.password.reveal())
                        .finish();
    return command;
}

}  // namespace

std::string plain_initial_response(const Credentials& credentials) {
    std::string plain;
    const bool other = !credentials.auth_user.empty();
    if (other) plain += credentials.user;
    plain += '\0';
    plain += other ? credentials.auth_user : credentials.user;
    plain += '\0';
    plain += credentials.password.reveal();
    std::string encoded = base64(plain);
    wipe(plain);
    return encoded;
}

Awaitable<Result<void>> sign_in(Session& session, const Credentials& credentials) {
    if (session.preauthenticated()) co_return Result<void>{};
    const bool plain = session.has("AUTH=PLAIN");
    if (!plain && !credentials.auth_user.empty())
        co_return fail(ErrorKind::auth_unavailable, Reach::account,
                       "the server does not offer AUTH=PLAIN, which signing in for another user needs", "LOGIN");
    if (!plain && session.has("LOGINDISABLED"))
        co_return fail(ErrorKind::auth_unavailable, Reach::host,
                       "the server allows no sign-in on this connection (LOGINDISABLED); use TLS", "LOGIN");
    Command command = plain ? plain_command(session, credentials) : login_command(session, credentials);
    const std::string name = command.name;
    session.forget_capabilities();  // they may change with the sign-in; the answer often brings them
    GODWIT_CO_TRY(answer, co_await session.run(std::move(command)));
    if (answer.status != Status::ok) co_return std::unexpected(classify(answer, name));
    if (!session.capabilities_known()) {
        Command again;
        again.name = "CAPABILITY";
        again.parts = CommandBuilder("CAPABILITY", {}).finish();
        GODWIT_CO_TRY(known, co_await session.run(std::move(again)));
        if (known.status != Status::ok) co_return std::unexpected(classify(known, "CAPABILITY"));
    }
    co_return Result<void>{};
}

}  // namespace godwit::imap
