// Crew: how the lanes of a pass share out its work. One executor.
//
// Folders are the first unit of work: each lane takes the next one. A lane that finds none left helps another lane with a
// large folder, as long as its owner has opened it to helpers.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/task_scope.h"

namespace godwit::sync {

struct Pass;

// A folder's copy that others may join, with a lane of their own each.
class SharedCopy {
public:
    virtual ~SharedCopy() = default;
    // Much is left to be sent.
    virtual bool worth_helping() const = 0;
    // Takes part until nothing is left to be begun; what was begun is answered or given up when it returns. False if the
    // lane cannot help with this one.
    virtual Awaitable<bool> help(Pass& lane) = 0;
};

class Crew {
public:
    explicit Crew(asio::any_io_executor executor) : changed_(std::move(executor)) {}

    void open(SharedCopy& copy) {
        open_.push_back(&copy);
        changed_.notify_all();
    }
    void close(SharedCopy& copy) { std::erase(open_, &copy); }
    SharedCopy* to_help() const {
        const auto found = std::ranges::find_if(open_, [](const auto* copy) { return copy->worth_helping(); });
        return found == open_.end() ? nullptr : *found;
    }

    // How many folders nobody has begun.
    void set_folders_left(std::size_t count) { folders_left_ = count; }
    bool has_work() const { return folders_left_ > 0 || to_help(); }

    // An error that ends the pass; the first one counts.
    void fail(const Error& error) {
        if (!failure_) failure_ = error;
        changed_.notify_all();
    }
    bool failed() const { return failure_.has_value(); }
    const std::optional<Error>& failure() const { return failure_; }

    // Whoever waits for work looks again.
    void notify() { changed_.notify_all(); }
    Awaitable<bool> wait(Deadline deadline = Deadline::max()) { return changed_.wait(deadline); }

private:
    std::vector<SharedCopy*> open_;
    std::size_t folders_left_ = 0;
    std::optional<Error> failure_;
    Signal changed_;
};

}  // namespace godwit::sync
