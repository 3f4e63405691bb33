#include "tests/support/test_postgres.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>

#include <pqxx/pqxx>

#include "daemon/embedded_postgres.h"
#include "scheduler/pg/migrator.h"

namespace godwit::test {

namespace {

namespace fs = std::filesystem;
using daemon::EmbeddedPostgres;

// Also of databases, which are named by counting.
class Server {
public:
    Server() {
        std::string pattern = (fs::temp_directory_path() / "godwit-test-XXXXXX").string();
        if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
        root_ = pattern;
        fs::permissions(root_, fs::perms(0755));
        EmbeddedPostgres::Options options;
        options.directory = root_ / "postgres";
        options.durable = false;
        auto started = EmbeddedPostgres::start(std::move(options));
        if (!started) throw std::runtime_error(started.error().to_string());
        server_ = std::move(*started);
    }

    ~Server() {
        server_.reset();
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }

    std::string create(const std::string& template_name) {
        const auto name = "test_" + std::to_string(++count_);
        administer("CREATE DATABASE " + name + " TEMPLATE " + template_name);
        return url_of(name);
    }

    std::string create_migrated() {
        if (!migrated_) {
            administer("CREATE DATABASE migrated");
            scheduler::pg::ExecutorOptions options;
            options.url = url_of("migrated");
            if (auto done = scheduler::pg::migrate(options); !done)
                throw std::runtime_error(done.error().to_string());
            // Not even autovacuum may be there while it is copied.
            administer("ALTER DATABASE migrated ALLOW_CONNECTIONS false");
            migrated_ = true;
        }
        return create("migrated");
    }

private:
    std::string url_of(const std::string& database) const {
        const auto& url = server_->url();
        return url.substr(0, url.rfind("dbname=")) + "dbname=" + database;
    }

    void administer(const std::string& statement) {
        pqxx::connection connection(server_->url());
        pqxx::nontransaction(connection).exec(statement);
    }

    fs::path root_;
    std::optional<EmbeddedPostgres> server_;
    unsigned count_ = 0;
    bool migrated_ = false;
};

Server& server() {
    static Server instance;
    return instance;
}

}  // namespace

bool postgres_is_installed() { return EmbeddedPostgres::is_installed(); }
std::string empty_database() { return server().create("template0"); }
std::string fresh_database() { return server().create_migrated(); }

std::string postgres_program(const std::string& name, const std::string& arguments) {
    const auto command = std::string(EmbeddedPostgres::default_binaries) + "/" + name + " " + arguments;
    FILE* pipe = popen(command.c_str(), "r");
    if (!pipe) throw std::runtime_error("cannot run " + name);
    std::string out;
    char block[4096];
    for (std::size_t count; (count = fread(block, 1, sizeof block, pipe)) > 0;) out.append(block, count);
    if (pclose(pipe) != 0) throw std::runtime_error(name + " failed");
    return out;
}

}  // namespace godwit::test
