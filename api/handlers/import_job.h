// ImportJob: one uploaded file on its way into the store. Memory stays flat: rows are sealed and stored in groups as they
// are parsed, and while a group is being stored nothing more is read from the client.
#pragma once

#include <memory>

#include "api/problem.h"
#include "api/server.h"
#include "scheduler/import/importer.h"

typedef struct evp_md_ctx_st EVP_MD_CTX;

namespace godwit::api {

struct ImportSettings {
    scheduler::ImportFormat format = scheduler::ImportFormat::native;
    scheduler::ImportDefaults defaults;
    scheduler::BatchId batch;
    bool dry_run = false;            // parse and report; store nothing
};

class ImportJob {
public:
    ImportJob(Services& services, ImportSettings settings);
    ~ImportJob();

    // What makes the file useless as a whole (its header, the database) is a problem that says what was stored before.
    Awaitable<std::expected<void, Problem>> run(BodyReader& body);
    boost::json::object report() const;

    std::uint64_t rows() const;
    std::uint64_t stored() const { return stored_; }
    std::uint64_t good_rows() const { return good_; }
    std::vector<FieldError> take_errors() { return std::exchange(errors_, {}); }

private:
    Awaitable<std::expected<void, Problem>> consume(BodyReader& body);
    Awaitable<Result<void>> store_rows(bool all);
    // What was finished, then the error of the file, if that was it.
    Awaitable<std::expected<void, Problem>> take_parsed(const Result<void>& parsed, bool is_last);
    scheduler::MigrationSpec spec_of(scheduler::ImportedRow row) const;
    void add_error(FieldError error);

    Services& services_;
    ImportSettings settings_;
    std::unique_ptr<scheduler::Importer> importer_;
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest_;
    scheduler::ImportId id_;
    std::string sha256_;
    std::vector<scheduler::MigrationSpec> pending_;
    std::vector<FieldError> errors_;
    std::vector<std::uint64_t> duplicate_rows_;
    std::uint64_t good_ = 0, stored_ = 0, duplicates_ = 0, errors_total_ = 0, bytes_ = 0;
};

}  // namespace godwit::api
