// Batches, migrations, passes and attempts as values: the words of the database, the API and the command line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/sync/report.h"
#include "engine/sync/request.h"
#include "scheduler/ids.h"

namespace godwit::scheduler {

// Where a migration is in its life. Apart from State: what is happening there right now.
enum class Phase { preflight, presync, delta, cutover, final, verify, completed };
// waiting: nothing to do until someone or something asks. ready: a pass may be claimed. retrying: ready later (backoff).
// parked: needs a person. done: the phase's pass succeeded.
enum class State { waiting, ready, running, retrying, paused, parked, failed, cancelled, done };
// The last three queue a pass beside the life of the migration, which keeps its phase and state: preflight signs in on both
// sides and maps the folders; verify compares both sides; undo takes away what was put there, or says what it would take.
enum class Action { start, pause, resume, cancel, retry, preflight, verify, undo };

std::string_view name_of(Phase phase);
std::string_view name_of(State state);
std::string_view name_of(Action action);
std::optional<Phase> phase_of(std::string_view name);
std::optional<State> state_of(std::string_view name);
std::optional<Action> action_of(std::string_view name);

// Whether phase and state stay as they are while it runs and when it ends. (But for an undo that was no dry run: after it
// the migration is as new.)
bool stands_beside(sync::PassKind kind);
std::optional<sync::PassKind> pass_beside(Action action);
// Whether findings and a report are made of it.
bool is_reported(sync::PassKind kind);

// Options of one pass, over those of its migration; absent: as the migration has it.
struct PassParameters {
    std::optional<double> verifybytes;   // of verify
    std::optional<bool> dry;             // of undo

    void apply_to(sync::SyncOptions& options) const;
    friend bool operator==(const PassParameters&, const PassParameters&) = default;
};
// Only what the action has; an undo is a dry run unless it says that it is none.
PassParameters parameters_of(Action action, const PassParameters& given);

// A password or token as stored: format byte, key id, nonce, ciphertext, tag (credential_box.h). Never shown.
struct SealedSecret {
    std::string key_id;
    std::string bytes;
    bool empty() const { return bytes.empty(); }
};

// One side of a migration as stored.
struct Account {
    std::string host;            // lower case, as given
    std::uint16_t port = 993;
    net::TlsMode tls = net::TlsMode::implicit;
    bool verify = true;
    std::string ca_file;         // from the configuration, not from rows
    std::string connect_to;
    std::string user;
    std::string auth_user;
    SealedSecret password;
};

// A migration to be stored, made by an importer or an API call.
struct MigrationSpec {
    MigrationId id;
    std::string external_id;     // the operator's own key; empty: none; unique in a tenant
    std::uint64_t row = 0;       // line in its file; 0: none
    Account source, destination;
    sync::SyncOptions options;
};

struct Batch {
    BatchId id;
    std::string name;
    int priority = 0;            // higher first
    bool paused = false;
    WallTime created_at{};
};

// Counts of a batch's migrations by state, and their work.
struct BatchSummary {
    Batch batch;
    std::map<State, std::uint64_t> states;
    std::uint64_t migrations = 0;
    std::map<sync::PassKind, std::uint64_t> beside;   // passes beside, queued or running
    sync::Counters progress;
};

// A pass that stands beside the life of its migration.
struct BesideView {
    sync::PassKind kind = sync::PassKind::preflight;
    std::string result;              // "queued", "running", or how it ended
    std::optional<Error> error;
    PassParameters parameters;
    sync::FindingCounts findings{};  // of a verify or undo pass that has ended
};

struct MigrationView {
    MigrationId id;
    BatchId batch;
    std::string external_id;
    std::uint64_t row = 0;
    Account source, destination;     // password is never filled in here
    Phase phase = Phase::presync;
    State state = State::ready;
    int attempts = 0;                // of the present pass
    std::optional<Error> error;      // why it is retrying, parked or failed
    std::optional<WallTime> next_attempt_at;
    WallTime created_at{}, updated_at{};
    sync::Counters progress;         // of the running or latest pass
    std::string folder;              // being copied now
    std::optional<BesideView> beside;   // one that is under way, or was the last pass that ended
};

struct PassView {
    PassId id;
    MigrationId migration;
    sync::PassKind kind = sync::PassKind::sync;
    int attempt = 0;
    std::string result;              // "running", "succeeded", "retried", "parked", "failed", "cancelled", "interrupted"
    std::optional<Error> error;
    WallTime started_at{};
    std::optional<WallTime> finished_at;
    sync::Counters counters;
    sync::SkipCounts skipped{};      // of counters.messages_skipped
    PassParameters parameters;
    sync::FindingCounts findings{};  // these three of a verify or undo pass
    std::uint64_t messages_digested = 0;
    std::string set_digest;
};

// A verify or undo pass that came to an end, for its report.
struct ReportedPass {
    PassView pass;
    sync::SyncOptions options;       // the migration's and its own
};

struct FindingView {
    MigrationId migration;
    PassId pass;
    sync::Finding finding;
};

// What the reports of a node can be verified with.
struct ReportKey {
    std::string fingerprint;         // SHA-256 of the key, in hexadecimal
    std::string public_key;          // Ed25519, 32 octets
    std::string host_name;
    NodeId node;                     // the last one that had it
    WallTime first_used_at{}, last_used_at{};
};

struct IssueView {
    MigrationId migration;
    PassId pass;
    sync::Issue issue;
};

struct FolderView {
    MigrationId migration;
    PassId pass;
    sync::FolderReport report;
};

}  // namespace godwit::scheduler
