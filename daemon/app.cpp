#include "daemon/app.h"

#include <atomic>

#include <sys/eventfd.h>
#include <unistd.h>
#include <boost/asio/post.hpp>

#include "api/auth.h"
#include "api/server.h"
#include "daemon/embedded_postgres.h"
#include "daemon/io_threads.h"
#include "daemon/metrics_hooks.h"
#include "daemon/process.h"
#include "engine/base/digest.h"
#include "engine/base/task_scope.h"
#include "engine/base/version.h"
#include "engine/sync/account_sync.h"
#include "scheduler/dispatcher.h"
#include "scheduler/pg/listener.h"
#include "scheduler/pg/migrator.h"
#include "scheduler/pg/pg_heartbeat.h"
#include "scheduler/pg/pg_store.h"

namespace godwit::daemon {
namespace {

// Places in IoThreads.
enum Context : std::size_t { control = 0, api_server = 1, first_of_pool = 2 };

std::vector<std::string> context_names() {
    std::vector<std::string> names{"control", "api"};
    const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1u, 64u);
    for (unsigned i = 0; i < cores; ++i) names.push_back(fmt::format("pool {}", i));
    return names;
}

Result<net::AddressPolicy> address_policy(const Config& config) {
    net::AddressPolicy policy;
    for (const auto& network : config.network_allow) GODWIT_CHECK(policy.allow(network));
    for (const auto& network : config.network_deny) GODWIT_CHECK(policy.deny(network));
    policy.allow_ports(config.network_ports);
    return policy;
}

scheduler::WorkerSettings worker_settings(const Config& config) {
    scheduler::WorkerSettings settings;
    settings.limits = config.sync;
    settings.retry = config.retry;
    settings.ca_file = config.ca_file;
    return settings;
}

api::ApiOptions api_options(const Config& config) {
    api::ApiOptions options;
    options.address = config.listen.address;
    options.port = config.listen.port;
    options.max_connections = config.api_connections;
    options.import_bytes = config.api_import_bytes;
    return options;
}

std::string host_name() {
    char name[256] = {};
    gethostname(name, sizeof name - 1);
    return printable(name);
}

std::uint32_t passes_here(const Config& config, std::uint64_t open_files) {
    const auto passes = passes_within(open_files, config.passes, config.api_connections);
    if (passes < config.passes)
        log_line(LogLevel::warn, "fewer passes than limits.passes, by the limit of open files",
                 {{"limits.passes", std::to_string(config.passes)},
                  {"passes", std::to_string(passes)},
                  {"open_files", std::to_string(open_files)},
                  {"remedy", "raise the hard limit (ulimit -Hn, LimitNOFILE=)"}});
    return passes;
}

}  // namespace

// In the order in which things are made; they go the other way round.
struct App::State {
    Config config;
    StateDirectory directory;
    std::uint64_t open_files;
    std::optional<EmbeddedPostgres> postgres;
    scheduler::pg::ExecutorOptions database;
    scheduler::CredentialBox credentials;
    std::string token_sha256;
    std::optional<api::ReportSigner> signer;
    int ended_event = -1;
    std::atomic<int> running_tasks{2};  // dispatcher and API

    SystemClock clock;
    api::Metrics metrics;
    MetricsHooks hooks{metrics};
    scheduler::ProgressCollector progress;
    std::optional<net::TcpDialer> dialer;
    IoThreads io{context_names()};
    std::optional<scheduler::pg::Executor> executor;
    std::optional<scheduler::pg::PgStore> store;
    std::optional<scheduler::pg::PgHeartbeat> heartbeat;
    std::optional<ByteBudget> budget;
    std::optional<scheduler::Worker> worker;
    std::optional<scheduler::Dispatcher> dispatcher;
    std::optional<api::ApiServer> api;
    TaskScope control_tasks{io[control].get_executor()}, api_tasks{io[api_server].get_executor()};
    std::uint16_t port = 0;
    bool draining = false;
    std::optional<scheduler::pg::Listener> listener;

    State(Config given, StateDirectory locked) : config(std::move(given)), directory(std::move(locked)) {}
    ~State() {
        listener.reset();
        io.join();
        if (ended_event >= 0) ::close(ended_event);
    }

    Result<void> open_database(const AppOptions& options);
    Result<void> open_secrets();
    Result<void> build();
    scheduler::DispatcherSettings dispatcher_settings();
    Result<void> serve();
    Awaitable<void> run_dispatcher();
    Awaitable<void> stop_api();
    Awaitable<void> set_default_limits(scheduler::HostLimits limits);
    Awaitable<void> add_report_key();
    void task_ended();
};

Result<void> App::State::open_database(const AppOptions& options) {
    if (config.database_url.empty()) {
        EmbeddedPostgres::Options private_database;
        private_database.directory = directory.path() / "postgres";
        private_database.user = config.database_user;
        private_database.binaries = config.database_binaries;
        private_database.durable = options.durable_database;
        private_database.stop_timeout = options.stop_private_database;
        GODWIT_TRY(started, EmbeddedPostgres::start(std::move(private_database)));
        postgres = std::move(started);
    }
    database.url = postgres ? postgres->url() : config.database_url.reveal();
    database.transaction_pooler = config.database_pooler == Pooler::transaction;
    GODWIT_TRY(version, scheduler::pg::migrate(database));
    log_line(LogLevel::info, "database ready",
             {{"kind", postgres ? "private" : "configured"}, {"schema", std::to_string(version)}});
    return {};
}

Result<void> App::State::open_secrets() {
    std::filesystem::path key = config.key_file;
    if (key.empty()) key = directory.path() / "secret.key";
    GODWIT_TRY(box, scheduler::CredentialBox::open_file(key));
    credentials = std::move(box);
    GODWIT_TRY(report_key, SigningKey::open_file(directory.path() / "report_key.pem"));
    signer.emplace(std::move(report_key), host_name());
    GODWIT_TRY(token, api::load_or_create_token(directory.path() / "admin.token"));
    token_sha256 = sha256_hex(token.reveal());
    return {};
}

scheduler::DispatcherSettings App::State::dispatcher_settings() {
    scheduler::DispatcherSettings settings;
    settings.host_name = host_name();
    settings.lease.lease = config.lease;
    settings.passes = passes_here(config, open_files);
    settings.poll = config.poll;
    settings.poll_quiet = config.poll * 5;
    settings.drain = config.drain;
    // Nobody else uses a private database, so its last node is dead.
    if (postgres) settings.predecessor = directory.last_node();
    settings.on_joined = [this](const scheduler::NodeId& node) {
        directory.remember_node(node);
        signer->set_node(node);
        control_tasks.spawn("report key", add_report_key());
    };
    settings.on_left = [this] { directory.forget_node(); };
    return settings;
}

Result<void> App::State::build() {
    GODWIT_TRY(policy, address_policy(config));
    ended_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ended_event < 0)
        return fail(ErrorKind::limit_exceeded, Reach::node, "no file descriptors left", "starting");
    // What a stopped process has left in its sockets arrives before its lease is over, or never.
    dialer.emplace(std::move(policy), scheduler::LeaseSettings{config.lease}.margin());
    executor.emplace(database);
    store.emplace(*executor);
    heartbeat.emplace(database);
    budget.emplace(config.buffer_of_all_passes);
    worker.emplace(
        scheduler::WorkerParts{*store, credentials, *dialer, progress, hooks, clock, sync::sync_account, *budget},
        worker_settings(config));
    scheduler::DispatcherParts parts{
        io[control].get_executor(), {}, *store, *heartbeat, *worker, progress, hooks};
    const auto contexts = context_names().size();
    for (std::size_t i = first_of_pool; i < contexts; ++i) parts.pool.push_back(io[i].get_executor());
    dispatcher.emplace(std::move(parts), dispatcher_settings());
    const auto wake = [this] { dispatcher->notify(); };
    api.emplace(io[api_server].get_executor(), api_options(config),
                api::Services{*store, credentials, metrics, *signer, token_sha256, wake});
    return {};
}

Result<void> App::State::serve() {
    GODWIT_TRY(listening, api->start());
    port = listening;
    control_tasks.spawn("dispatcher", run_dispatcher());
    io.start();
    // A pooler lends a session for one transaction; LISTEN needs one for good.
    if (!database.transaction_pooler) listener.emplace(database, [this] { dispatcher->notify(); });
    log_line(LogLevel::info, "godwitd serves",
             {{"version", std::string(version)},
              {"revision", std::string(revision)},
              {"address", config.listen.address},
              {"port", std::to_string(port)},
              {"state_dir", directory.path().string()}});
    return {};
}

Awaitable<void> App::State::run_dispatcher() {
    try {
        co_await set_default_limits(config.host_limits);
        co_await dispatcher->run();
    } catch (const std::exception& e) {
        log_line(LogLevel::error, "dispatcher failed", {{"what", e.what()}});
    }
    task_ended();
}

Awaitable<void> App::State::stop_api() {
    co_await api->stop();
    task_ended();
}

void App::State::task_ended() {
    if (--running_tasks > 0) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(ended_event, &one, sizeof one);
}

Awaitable<void> App::State::set_default_limits(scheduler::HostLimits limits) {
    const auto set = co_await store->set_default_limits(limits);
    if (!set) log_line(LogLevel::warn, "default host limits not set", {{"error", set.error().to_string()}});
}

// So that reports can be verified from the start; whoever signs one makes sure of it.
Awaitable<void> App::State::add_report_key() {
    const auto added = co_await store->add_report_key(signer->shown());
    if (!added) log_line(LogLevel::warn, "report key not announced", {{"error", added.error().to_string()}});
}

App::App(std::unique_ptr<State> state) : state_(std::move(state)) {}
App::~App() = default;

Result<std::unique_ptr<App>> App::start(Config config, AppOptions options) {
    const auto open_files = raise_open_files();
    GODWIT_TRY(directory, StateDirectory::open(config.state_dir));
    auto state = std::make_unique<State>(std::move(config), std::move(directory));
    state->open_files = open_files;
    GODWIT_CHECK(state->open_database(options));
    GODWIT_CHECK(state->open_secrets());
    GODWIT_CHECK(state->build());
    GODWIT_CHECK(state->serve());
    return std::unique_ptr<App>(new App(std::move(state)));
}

std::uint16_t App::port() const { return state_->port; }
int App::ended_descriptor() const { return state_->ended_event; }
bool App::ended() const { return state_->running_tasks <= 0; }
int App::database_descriptor() const { return state_->postgres ? state_->postgres->exit_descriptor() : -1; }

void App::drain() {
    if (std::exchange(state_->draining, true)) return;
    state_->dispatcher->drain();
    asio::post(state_->io[api_server],
               [state = state_.get()] { state->api_tasks.spawn("stop", state->stop_api()); });
}

void App::stop() {
    state_->dispatcher->stop();
    drain();
}

void App::reload(const Config& wanted) {
    auto& running = state_->config;
    for (const auto name : restart_needed(running, wanted))
        log_line(LogLevel::warn, "setting needs a restart", {{"setting", std::string(name)}});
    running.log_level = wanted.log_level;
    running.ca_file = wanted.ca_file;
    running.passes = wanted.passes;
    running.sync = wanted.sync;
    running.buffer_of_all_passes = wanted.buffer_of_all_passes;
    state_->budget->set_bytes(running.buffer_of_all_passes);
    running.retry = wanted.retry;
    log_threshold(running.log_level);
    state_->worker->configure(worker_settings(running));
    state_->dispatcher->set_passes(passes_here(running, state_->open_files));
    if (!(running.host_limits == wanted.host_limits)) {
        running.host_limits = wanted.host_limits;
        asio::post(state_->io[control], [state = state_.get(), limits = running.host_limits] {
            state->control_tasks.spawn("limits", state->set_default_limits(limits));
        });
    }
    log_line(LogLevel::info, "configuration read again");
}

}  // namespace godwit::daemon
