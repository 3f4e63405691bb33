// Session: one IMAP connection with many commands in flight.
//
// A reader task cuts and parses what the server sends and gives each response to the command it belongs to; start()
// writes a command and returns without waiting for its answer, so that callers pipeline by calling it again. Everything
// runs on the executor of the RunContext. A session is used until broken() or until its owner is done, and must then be
// closed (close() joins the reader); it never reconnects.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "engine/base/task_scope.h"
#include "engine/imap/encoder.h"
#include "engine/imap/fragmenter.h"
#include "engine/imap/limits.h"
#include "engine/imap/patience.h"
#include "engine/imap/types.h"
#include "engine/net/compress.h"
#include "engine/net/dialer.h"

namespace godwit::imap {

// Takes the octets of a literal too large to hold, while they arrive: a whole message, the BODY[] of a FETCH response.
// The reader waits for each call, which is what keeps the server from being read faster than the octets are used. An
// error breaks the session.
class LiteralReceiver {
public:
    virtual ~LiteralReceiver() = default;
    // `uid` is 0 where the response does not name it before the literal.
    virtual Awaitable<Result<void>> begin(std::uint32_t uid, std::uint64_t size) = 0;
    virtual Awaitable<Result<void>> data(std::string_view octets) = 0;
    virtual Awaitable<Result<void>> end() = 0;
};

// Gives the octets of an external literal (CommandPart::external) while they are sent. Never returns 0 early.
class LiteralSource {
public:
    virtual ~LiteralSource() = default;
    virtual Awaitable<Result<std::size_t>> read(std::span<char> buffer) = 0;
};

struct Command {
    std::string name;                           // for errors and metrics: "UID FETCH"
    std::vector<CommandPart> parts;             // from CommandBuilder::finish()
    // Offered each untagged response while in flight, oldest command first; true: it was mine.
    std::function<bool(Response&)> on_data;
    LiteralReceiver* receiver = nullptr;        // for literals above the inline limit; none: they are dropped
    LiteralSource* source = nullptr;            // for external parts
    // Asked right before the octets that complete the command go out, in a write of their own, and again whenever they
    // had to wait; an error keeps them back and breaks the session (the commit write of an append: the lease must still
    // be ours).
    std::function<Result<void>()> commit_check;
    bool bulk = false;                          // on_data keeps little: WireLimits::command_bytes does not apply
    Deadline deadline = Deadline::max();        // of the answer, however alive the server is
};

// A command that was sent.
class InFlight {
public:
    // The tagged answer (NO and BAD are answers), or why there will be none. SessionOptions says how long it may take.
    Awaitable<Result<StatusResponse>> answer();
    bool answered() const { return answer_.has_value(); }

private:
    friend class Session;
    InFlight(class Session& session, Command command, std::string tag);
    class Session& session_;
    Command command_;
    std::string tag_;
    std::optional<Result<StatusResponse>> answer_;
    Signal done_;
    SteadyTime started_;
    SteadyTime since_;           // when it was sent, by the clock of Patience
    bool complete_ = false;      // its last octets are on their way
    std::uint64_t taken_ = 0;    // responses that on_data took
    std::uint64_t taken_bytes_ = 0;
};

struct SessionOptions {
    WireLimits limits;
    // A command is given up after command_timeout without a sign of life, and after keep_alives times as long without
    // progress (patience.h says what that is). No single write takes longer than command_timeout.
    std::chrono::milliseconds command_timeout{300'000};
    int keep_alives = 12;
    std::size_t alive_octets = 16u << 10;   // of a long response: that many are a sign of life
    // Called for each answered command and for bytes read and written; may be empty.
    std::function<void(std::string_view name, std::chrono::steady_clock::duration, bool ok)> on_command;
    std::function<void(std::uint64_t received, std::uint64_t sent)> on_wire;
};

class Session {
public:
    Session(RunContext& context, std::unique_ptr<net::Stream> stream, SessionOptions options);
    ~Session();
    Session(const Session&) = delete;

    // Dials, reads the greeting, upgrades with STARTTLS if the endpoint says so (tls_unavailable when the server does not
    // offer it: there is no silent fallback), and learns the capabilities.
    static Awaitable<Result<std::unique_ptr<Session>>> connect(RunContext& context, net::Dialer& dialer,
                                                               const net::Endpoint& endpoint,
                                                               SessionOptions options, Deadline deadline);

    // Returns when the command's last octet was written (it waits for continuations where it must). The result lives as
    // long as the session.
    Awaitable<Result<std::shared_ptr<InFlight>>> start(Command command);
    // start() and answer().
    Awaitable<Result<StatusResponse>> run(Command command);

    bool has(std::string_view capability) const;     // upper case
    // The number behind "NAME=", if the server names one.
    std::optional<std::uint64_t> capability_number(std::string_view name) const;
    bool preauthenticated() const { return preauthenticated_; }
    void set_capabilities(std::vector<std::string> names);
    void forget_capabilities() { capabilities_.clear(); }
    bool capabilities_known() const { return !capabilities_.empty(); }
    EncoderOptions encoder_options() const;
    void set_utf8_accept(bool on) { utf8_accept_ = on; }
    bool utf8_accept() const { return utf8_accept_; }

    // COMPRESS DEFLATE (RFC 4978): what crosses the wire is compressed from then on. After the login and with nothing in
    // flight (else invalid_argument); commands that are started meanwhile wait. False, and nothing has changed: the server
    // does not offer it or refuses, or this process compresses as many connections as it may (net/compress.h, which also
    // says what it costs). Whether it pays is the caller's to know.
    Awaitable<Result<bool>> compress();
    bool compressed() const { return compressed_ != nullptr; }

    // Untagged EXISTS of the selected folder, as last heard.
    std::uint32_t exists() const { return exists_; }
    std::size_t in_flight() const { return pending_.size(); }

    // While paused nothing more is read from the server (after the response in hand).
    void pause_reading();
    void resume_reading();

    bool broken() const { return broken_.has_value(); }
    const Error& error() const { return *broken_; }
    // Ends every command in flight with this error and closes the connection; `reset` with RST.
    void abandon(Error error, bool reset = false);
    // LOGOUT if the connection is sound (waits at most 5 s for the answer), then ends the reader. Call exactly once.
    Awaitable<void> close();

    const net::PeerInfo& peer() const;
    const RunContext& context() const { return context_; }

private:
    friend class InFlight;
    struct Shared;

    Awaitable<Result<StatusResponse>> read_status(std::string_view tag, Deadline deadline);
    Awaitable<Result<void>> greet(const net::Endpoint& endpoint, Deadline deadline);
    Awaitable<Result<void>> start_tls(const net::Endpoint& endpoint, Deadline deadline);
    Awaitable<Result<void>> learn_capabilities(Deadline deadline);
    void start_reader();
    Awaitable<void> read_loop();
    Awaitable<bool> consume(std::string_view input);
    void begin_compression(std::string_view received);
    void count_wire(std::uint64_t received, std::uint64_t sent);
    void take_response();
    Awaitable<Result<void>> literal_event(const Fragmenter::Step& step);
    void dispatch(Response& response, std::size_t bytes);
    void taken(InFlight& command, std::size_t bytes);
    void ignored();
    void finish_command(StatusResponse status);
    void note(const Response& response);
    void note_bye(const StatusResponse& bye);
    Deadline limit(SteadyTime since) const;
    Error out_of_patience(SteadyTime since, std::string_view command) const;
    Awaitable<Result<void>> write_parts(InFlight& command);
    Awaitable<Result<void>> write_run(InFlight& command, std::span<CommandPart> run, bool completes);
    Awaitable<Result<void>> write_external(InFlight& command, std::uint64_t size);
    Awaitable<Result<void>> write_pieces(std::span<const std::string_view> pieces);
    Awaitable<Result<void>> write_commit(InFlight& command, std::string_view last);
    Awaitable<Result<bool>> wait_continuation(InFlight& command);
    LiteralReceiver* receiver() const;

    RunContext& context_;
    std::unique_ptr<net::Stream> stream_;
    SessionOptions options_;
    net::LentBuffer buffer_;  // of the reader
    std::unique_ptr<net::CompressedStream> offered_;    // until COMPRESS is answered
    net::CompressedStream* compressed_ = nullptr;       // what stream_ is by then
    bool plain_ended_ = false;                          // COMPRESS was agreed to just now
    Fragmenter fragmenter_;
    TaskScope tasks_;
    std::deque<std::shared_ptr<InFlight>> pending_;
    std::set<std::string, std::less<>> capabilities_;
    std::optional<Error> broken_;
    std::string bye_;
    std::optional<SteadyTime> bye_at_;
    Signal changed_;          // continuation came, writer free, reading resumed
    LiteralReceiver* active_receiver_ = nullptr;
    Patience patience_;
    std::string unread_;      // came with the greeting, behind it
    std::uint32_t exists_ = 0;
    std::uint64_t tag_counter_ = 0;
    std::uint64_t ignored_ = 0;   // responses in a row that nobody asked for
    enum class GoAhead { none, wanted, given } go_ahead_ = GoAhead::none;   // "+" for the literal being announced
    bool writing_ = false;
    bool paused_ = false;
    bool preauthenticated_ = false;
    bool utf8_accept_ = false;
    std::shared_ptr<Shared> shared_;  // what the stop callback may find after we are gone
};

}  // namespace godwit::imap
