#include "api/handlers/import_job.h"

#include <boost/json/array.hpp>
#include <openssl/evp.h>

namespace godwit::api {

namespace json = boost::json;
using namespace scheduler;

namespace {

constexpr std::size_t rows_a_group = 5'000;        // what Store::add_migrations takes
constexpr std::size_t errors_kept = 1'000;
constexpr std::size_t duplicates_kept = 1'000;

Account account_of(sync::AccountSpec& spec) {
    Account account;
    account.host = std::move(spec.endpoint.host);
    account.port = spec.endpoint.port;
    account.tls = spec.endpoint.tls;
    account.verify = spec.endpoint.verify;
    account.user = std::move(spec.user);
    account.auth_user = std::move(spec.auth_user);
    return account;
}

}  // namespace

ImportJob::ImportJob(Services& services, ImportSettings settings)
    : services_(services), settings_(std::move(settings)),
      importer_(make_importer(settings_.format, settings_.defaults)), digest_(EVP_MD_CTX_new(), EVP_MD_CTX_free),
      id_(new_import_id()) {
    EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr);
}

ImportJob::~ImportJob() = default;

std::uint64_t ImportJob::rows() const { return importer_->rows_seen(); }

MigrationSpec ImportJob::spec_of(ImportedRow row) const {
    MigrationSpec spec;
    spec.id = new_migration_id();
    spec.external_id = std::move(row.external_id);
    spec.row = row.row;
    spec.options = std::move(row.options);
    const auto seal = [&](const sync::AccountSpec& account, sync::Side side) {
        return services_.credentials.seal(account.password, secret_place(default_tenant, spec.id, side));
    };
    spec.source = account_of(row.source);
    spec.source.password = seal(row.source, sync::Side::source);
    spec.destination = account_of(row.destination);
    spec.destination.password = seal(row.destination, sync::Side::destination);
    return spec;
}

void ImportJob::add_error(FieldError error) {
    ++errors_total_;
    if (errors_.size() < errors_kept) errors_.push_back(std::move(error));
}

Awaitable<std::expected<void, Problem>> ImportJob::take_parsed(const Result<void>& parsed, bool is_last) {
    for (auto& error : importer_->take_errors())
        add_error({.row = error.row, .column = std::move(error.column), .code = std::move(error.code),
                   .detail = std::move(error.detail)});
    for (auto& row : importer_->take_rows()) {
        ++good_;
        if (!settings_.dry_run) pending_.push_back(spec_of(std::move(row)));
    }
    if (!parsed)
        co_return refuse(422, parsed.error().kind == ErrorKind::limit_exceeded ? "import_too_large" : "invalid_import",
                         printable(parsed.error().cause));
    GODWIT_API_CHECK(co_await store_rows(is_last));
    co_return std::expected<void, Problem>{};
}

Awaitable<Result<void>> ImportJob::store_rows(bool all) {
    while (pending_.size() >= rows_a_group || (all && !pending_.empty())) {
        const auto count = static_cast<std::ptrdiff_t>(std::min(pending_.size(), rows_a_group));
        std::vector<MigrationSpec> group(std::make_move_iterator(pending_.begin()),
                                         std::make_move_iterator(pending_.begin() + count));
        pending_.erase(pending_.begin(), pending_.begin() + count);
        GODWIT_CO_TRY(outcome, co_await services_.store.add_migrations(default_tenant, settings_.batch, std::move(group)));
        stored_ += outcome.stored;
        duplicates_ += outcome.duplicate_rows.size();
        for (const auto row : outcome.duplicate_rows)
            if (duplicate_rows_.size() < duplicates_kept) duplicate_rows_.push_back(row);
        if (outcome.stored > 0 && services_.wake_dispatcher) services_.wake_dispatcher();
    }
    co_return Result<void>{};
}

Awaitable<std::expected<void, Problem>> ImportJob::consume(BodyReader& body) {
    using Done = std::expected<void, Problem>;
    while (true) {
        GODWIT_API_TRY(piece, co_await body.read_chunk());
        if (!piece) break;
        bytes_ += piece->size();
        EVP_DigestUpdate(digest_.get(), piece->data(), piece->size());
        const auto parsed = importer_->feed(*piece);
        wipe(*piece);  // it held passwords
        GODWIT_API_CHECK(co_await take_parsed(parsed, false));
    }
    do {
        const auto parsed = importer_->end();
        GODWIT_API_CHECK(co_await take_parsed(parsed, !importer_->has_more()));
    } while (importer_->has_more());
    co_return Done{};
}

Awaitable<std::expected<void, Problem>> ImportJob::run(BodyReader& body) {
    auto done = co_await consume(body);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(digest_.get(), digest, &size);
    for (unsigned int i = 0; i < size; ++i) sha256_ += fmt::format("{:02x}", digest[i]);
    services_.metrics.import_rows(Metrics::RowResult::stored, stored_);
    services_.metrics.import_rows(Metrics::RowResult::duplicate, duplicates_);
    services_.metrics.import_rows(Metrics::RowResult::error, errors_total_);
    services_.metrics.import_finished(done.has_value());
    if (done) co_return done;
    done.error().errors = take_errors();
    done.error().more = {{"rows", rows()}, {"stored", stored_}, {"errors_total", errors_total_}};
    co_return done;
}

json::object ImportJob::report() const {
    json::array errors, duplicate_rows;
    for (const auto& error : errors_) errors.push_back(to_json(error));
    for (const auto row : duplicate_rows_) duplicate_rows.emplace_back(row);
    return {{"id", id_.value},
            {"batch_id", settings_.batch.value},
            {"dry_run", settings_.dry_run},
            {"bytes", bytes_},
            {"sha256", sha256_},
            {"rows", rows()},
            {"valid", good_},
            {"stored", stored_},
            {"duplicates", duplicates_},
            {"duplicate_rows", std::move(duplicate_rows)},
            {"errors_total", errors_total_},
            {"errors", std::move(errors)}};
}

}  // namespace godwit::api
