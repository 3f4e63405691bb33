#include "daemon/io_threads.h"

#include <pthread.h>

namespace godwit::daemon {

IoThreads::IoThreads(std::vector<std::string> names) : names_(std::move(names)) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
        contexts_.push_back(std::make_unique<boost::asio::io_context>(1));
        guards_.push_back(boost::asio::make_work_guard(*contexts_.back()));
    }
}

IoThreads::~IoThreads() { join(); }

void IoThreads::start() {
    for (std::size_t i = 0; i < contexts_.size(); ++i) {
        threads_.emplace_back([context = contexts_[i].get()] { context->run(); });
        pthread_setname_np(threads_.back().native_handle(), names_[i].substr(0, 15).c_str());
    }
}

void IoThreads::join() {
    guards_.clear();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

}  // namespace godwit::daemon
