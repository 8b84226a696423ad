"""The C++ of csrc/, as Cython sees it, but few.hpp. Structs have a C in front of their name here."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libcpp cimport bool as cbool


cdef extern from "parts/cpu.hpp" namespace "fastsplit" nogil:
    enum class Cpu(int32_t):
        kBaseline
        kAvx2
        kAvx512
    Cpu best_cpu()

cdef extern from "parts/blocks.hpp" namespace "fastsplit" nogil:
    cdef struct CRange "fastsplit::Range":
        int64_t begin
        int64_t end

cdef extern from "parts/keys.hpp" namespace "fastsplit" nogil:
    cdef struct CSeed "fastsplit::Seed":
        uint64_t first
        uint64_t second
    cdef struct CKeys "fastsplit::Keys":
        CSeed seed
        const uint64_t* ids
    void c_keys_of_ids "fastsplit::keys_of_ids"(Cpu, CSeed, const uint64_t*, int64_t, uint64_t*)

cdef extern from "parts/seeds.hpp" namespace "fastsplit" nogil:
    void c_seed_words "fastsplit::seed_words"(const uint32_t*, int64_t, int64_t, uint64_t*)

cdef extern from "parts/labels.hpp" namespace "fastsplit" nogil:
    cdef struct CLabels "fastsplit::Labels":
        const char* data
        int64_t stride
        int32_t width
        cbool is_signed
        cbool is_bool
        cbool swapped
    void c_extent "fastsplit::extent"(Cpu, const CLabels&, CRange, int64_t*, int64_t*)

cdef extern from "parts/classes.hpp" namespace "fastsplit" nogil:
    cdef struct CWindow "fastsplit::Window":
        int64_t low
        int64_t span
    cdef struct CClassTable "fastsplit::ClassTable":
        CWindow window
        const int32_t* class_of
        int64_t n_classes
    cdef struct CSlots "fastsplit::Slots":
        int64_t* cursor
        const int64_t* limit

cdef extern from "parts/index.hpp" namespace "fastsplit" nogil:
    cdef struct CIndex "fastsplit::Index":
        CSeed seed
        int32_t* slots
        int32_t bits
        int64_t* values
        int64_t size
        int64_t capacity
    int64_t c_add_labels "fastsplit::add_labels"(const CLabels&, CRange, CIndex*)
    void c_encode_labels "fastsplit::encode_labels"(const CLabels&, const CIndex&, CRange, int32_t*)

cdef extern from "parts/zones.hpp" namespace "fastsplit" nogil:
    cdef struct CCutBands "fastsplit::CutBands":
        const uint64_t* thresholds
        int64_t size

cdef extern from "parts/assignment.hpp" namespace "fastsplit" nogil:
    cdef struct CAssignment "fastsplit::Assignment":
        void* splits
        int64_t width
        int64_t rest_column

cdef extern from "parts/positions.hpp" namespace "fastsplit" nogil:
    cdef struct CPositions "fastsplit::Positions":
        const void* data
        int64_t width
    void c_write_positions "fastsplit::write_positions"(const uint64_t*, int64_t, uint64_t, int64_t, void*)

cdef extern from "parts/blake2b.hpp" namespace "fastsplit::blake2b" nogil:
    void c_hash_strings "fastsplit::blake2b::hash_strings"(Cpu, const char* const*, const int64_t*, int64_t, uint64_t*)

cdef extern from "parts/strings.hpp" namespace "fastsplit" nogil:
    cdef struct CByteStrings "fastsplit::ByteStrings":
        const int64_t* offsets
        const char* data
        int64_t n_bytes
    cdef struct CPaddedStrings "fastsplit::PaddedStrings":
        const uint32_t* points
        int64_t width
    int64_t c_hash_bytes "fastsplit::hash_bytes"(Cpu, const CByteStrings&, CRange, uint64_t*)
    int64_t padded_workspace(int64_t)
    void c_hash_padded "fastsplit::hash_padded"(Cpu, const CPaddedStrings&, CRange, char*, uint64_t*)

cdef extern from "scan.hpp" namespace "fastsplit" nogil:
    cdef struct CCandidates "fastsplit::Candidates":
        uint64_t* keys
        uint32_t* cells
        int64_t* positions
        int64_t size
        int64_t capacity
    cdef struct CZoned "fastsplit::Zoned":
        CWindow window
        int64_t* cells
        CCandidates candidates
    int64_t c_scan "fastsplit::scan"(Cpu, const CLabels&, const CKeys&, CCutBands, CRange, CZoned*, const CAssignment&)

cdef extern from "quotas.hpp" namespace "fastsplit" nogil:
    cdef struct CColumns "fastsplit::Columns":
        const int64_t* sizes
        int64_t n
        int64_t n_splits
        int64_t q
    cdef struct CRounding "fastsplit::Rounding":
        pass
    int64_t n_vertices(int64_t)
    int64_t rounding_workspace(int64_t)
    CRounding begin_rounding(const CColumns&, CSeed, int64_t*, int64_t**)
    void c_quotas "fastsplit::quotas"(CRounding*, const int64_t*, int64_t, int64_t*)
    void end_rounding(CRounding*)
    int64_t minimum_workspace(int64_t)
    cbool c_keep_minimum "fastsplit::keep_minimum"(const CColumns&, int64_t, int64_t, int64_t*, int64_t*)

cdef extern from "cuts.hpp" namespace "fastsplit" nogil:
    cdef struct CClassKeys "fastsplit::ClassKeys":
        const int64_t* numbers
        const int64_t* counts
        const int64_t* below
        const int64_t* starts
        uint64_t* keys
        const uint64_t* edges
        int64_t n_bands
        cbool sorted
    cdef struct CCutSearch "fastsplit::CutSearch":
        const uint64_t* ideals
        const int64_t* band_of_cut
        const int64_t* minimum
        int64_t width
        CSeed seed
        int64_t* quotas
        uint64_t* cuts
        uint8_t* status
        int64_t* workspace
    cdef struct CSelectionWays "fastsplit::SelectionWays":
        int64_t counted
        int64_t narrow
        int64_t wide
        int64_t placed
    void c_arrange "fastsplit::arrange"(const CCandidates&, int64_t*, uint64_t*)
    int64_t c_collect "fastsplit::collect"(Cpu, const CLabels&, const CClassTable&, const CKeys&, CRange, const CSlots&,
                                           uint64_t*)
    CSelectionWays c_select "fastsplit::select"(Cpu, const CClassKeys&, const CCutSearch&, CRange)
    CSeed seed_of_class(CSeed, int64_t)
    int64_t end_of_unit(CSeed, uint64_t, int64_t, int64_t, int64_t)

cdef extern from "parts/regions.hpp" namespace "fastsplit" nogil:
    cdef struct CRegions "fastsplit::Regions":
        CWindow window
        int shift
        const uint16_t* region_of
    cdef struct CRegionClasses "fastsplit::RegionClasses":
        const int64_t* rows
        const int64_t* starts
        int64_t n_classes
        CRange offsets
    const int64_t place_bits "fastsplit::kPlaceBits"
    const int64_t position_bits "fastsplit::kPositionBits"
    int64_t c_collect_words "fastsplit::collect_words"(Cpu, const CLabels&, const CRegions&, CRange, const CSlots&,
                                                       uint64_t*)
    int64_t region_workspace(int64_t, int64_t, cbool)
    cbool arrange_by_copy(Cpu, CSeed, const CRegionClasses&, uint64_t*, uint64_t*)
    cbool arrange_in_place(Cpu, CSeed, const CRegionClasses&, uint64_t*, uint64_t*)

cdef extern from "assign.hpp" namespace "fastsplit" nogil:
    cdef struct CCutTable "fastsplit::CutTable":
        const uint64_t* cuts
        int64_t width
        CCutBands bands
    void c_assign "fastsplit::assign"(Cpu, const CLabels&, const CClassTable&, const CCutTable&, const CKeys&, CRange,
                                      const CAssignment&)
    void c_assign_candidates "fastsplit::assign_candidates"(const CCandidates&, const int32_t*, const CCutTable&,
                                                            const CAssignment&)

cdef extern from "order.hpp" namespace "fastsplit" nogil:
    cdef struct CPacking "fastsplit::Packing":
        CKeys keys
        int64_t width
        int64_t fold_bits
    cdef struct CBuckets "fastsplit::Buckets":
        int64_t bits
        int64_t begin
    cdef struct CUnordered "fastsplit::Unordered":
        CPositions positions
        const uint8_t* assignment
        int64_t n_splits
        CPositions folds
    cdef struct CWordSlots "fastsplit::WordSlots":
        uint64_t* at
        uint64_t* end
    cdef struct CSpill "fastsplit::Spill":
        uint64_t* words
        int64_t* buckets
        int64_t n
    cdef struct CRuns "fastsplit::Runs":
        const uint64_t* words
        const int64_t* begins
        const int64_t* ends
        int64_t n
        int64_t stride
    cdef enum class CSortedBy "fastsplit::SortedBy"(int32_t):
        kNetworks, kDigits, kOverflow, kTies
    void c_order_count "fastsplit::order_count"(Cpu, const CUnordered&, CRange, const CPacking&, const CBuckets*, int64_t*)
    int64_t c_order_scatter "fastsplit::order_scatter"(Cpu, const CUnordered&, CRange, const CPacking&, const CBuckets*,
                                                       CWordSlots*, CSpill)
    int64_t order_workspace(int64_t)
    CSortedBy c_order_sort "fastsplit::order_sort"(Cpu, const CRuns&, const CPacking&, int64_t, uint64_t*, void*)

cdef extern from "emit.hpp" namespace "fastsplit" nogil:
    void c_count_splits "fastsplit::count_splits"(Cpu, const uint8_t*, CRange, int64_t, int64_t*)
    void c_emit "fastsplit::emit"[Position](Cpu, const uint8_t*, const Position*, CRange, int64_t, Position**, int64_t*)
    cdef struct CFoldWords "fastsplit::FoldWords":
        const uint64_t* words
        int64_t fold_bits
    void c_count_folds "fastsplit::count_folds"(Cpu, CFoldWords, CRange, int64_t*)
    void c_emit_fold "fastsplit::emit_fold"[Position](Cpu, CFoldWords, CRange, uint64_t, Position**, int64_t*)

cdef extern from "group.hpp" namespace "fastsplit" nogil:
    int64_t c_group "fastsplit::group"(Cpu, const CLabels&, const CClassTable&, CRange, const CSlots&, int64_t*)

cdef extern from "gather.hpp" namespace "fastsplit" nogil:
    cdef struct CRows "fastsplit::Rows":
        const char* data
        int64_t n
        int64_t stride
        int64_t size
    int64_t c_gather "fastsplit::gather"(const CRows&, CPositions, CRange, char*)

cdef extern from "hilbert.hpp" namespace "fastsplit" nogil:
    const int64_t max_axes "fastsplit::kMaxAxes"
    cdef struct CPoints "fastsplit::Points":
        const uint16_t* coordinates
        int64_t n
        int64_t axes
        int64_t bits
    void c_hilbert "fastsplit::hilbert"(Cpu, const CPoints&, CRange, uint64_t*)

cdef extern from "groups.hpp" namespace "fastsplit" nogil:
    cdef struct CGroupFolds "fastsplit::GroupFolds":
        int64_t n_classes
        int64_t k
        const double* totals
        double* counts
        double* deviations
        double* samples
        double* workspace
        int64_t* present
    int64_t groups_workspace(int64_t, int64_t)
    void c_greedy_folds "fastsplit::greedy_folds"(Cpu, const CGroupFolds&, const int64_t*, const int64_t*, CRange,
                                                  int64_t*)

cdef extern from "parts/units.hpp" namespace "fastsplit" nogil:
    const int64_t kFoldLanes
    cdef struct CUnits "fastsplit::Units":
        const int64_t* starts
        const int32_t* classes
        const int64_t* counts
        const int64_t* sizes
        const uint64_t* ids
        int64_t n_classes
    cdef struct CFolds "fastsplit::Folds":
        int64_t n
        int64_t stride
        double* cells
        const double* weights

cdef extern from "table.hpp" namespace "fastsplit" nogil:
    cdef struct CUnitRows "fastsplit::UnitRows":
        const int32_t* unit_of
        const int32_t* class_of
        int64_t n_units
        int64_t n_classes
        int64_t class_bits
        int64_t unit_shift
    cdef struct CEntrySlots "fastsplit::EntrySlots":
        CRange units
        int64_t first
        int64_t* starts
        int32_t* classes
        int64_t* counts
    cdef struct CMatrix "fastsplit::Matrix":
        const char* data
        int64_t columns
        int64_t row_stride
        int64_t column_stride
    void c_number_labels "fastsplit::number_labels"(Cpu, const CLabels&, const CClassTable&, CRange, int32_t*)
    int64_t c_table_count "fastsplit::table_count"(const CUnitRows&, CRange, int64_t*)
    int64_t c_table_scatter "fastsplit::table_scatter"[Word](const CUnitRows&, CRange, const CSlots&, Word*)
    int64_t c_table_sort "fastsplit::table_sort"[Word](Word*, int64_t, int64_t, Word*)
    void c_table_fill "fastsplit::table_fill"[Word](const Word*, int64_t, int64_t, const CEntrySlots&)
    int64_t masks_per_row(int64_t)
    int64_t c_read_matrix "fastsplit::read_matrix"[T](Cpu, const CMatrix&, CRange, uint64_t*, int64_t*)
    void c_matrix_classes "fastsplit::matrix_classes"(Cpu, const uint64_t*, int64_t, CRange, const int64_t*, int32_t*)

cdef extern from "rank.hpp" namespace "fastsplit" nogil:
    cdef struct CRanked "fastsplit::Ranked":
        uint64_t value
        int64_t position
    const int64_t kDigits
    const int64_t kDigitValues
    int64_t c_digit_of "fastsplit::digit_of"(uint64_t, int64_t)
    void rank_read(const double*, CRange, CRanked*)
    void rank_count(const CRanked*, CRange, int64_t*)
    void rank_scatter(const CRanked*, CRange, int64_t, int64_t*, CRanked*)
    int64_t rank_ties(const CKeys&, CRanked*, int64_t, CRange, int64_t*)
    void rank_write(const CRanked*, CRange, int64_t*)

cdef extern from "deal.hpp" namespace "fastsplit" nogil:
    void c_weigh "fastsplit::weigh"(const CUnits&, const double*, CRange, double*)
    void c_deal "fastsplit::deal"(Cpu, const CUnits&, const CFolds&, CSeed, const int64_t*, CRange, int64_t*, double*,
                                  int32_t*)

cdef extern from "polish.hpp" namespace "fastsplit" nogil:
    const int64_t kTries
    cdef struct CMembers "fastsplit::Members":
        int32_t* units
        const int64_t* starts
        int64_t* sizes
        int32_t* place
        int64_t n_units
    cdef struct CPolishing "fastsplit::Polishing":
        CSeed seed
        cbool moves
        uint64_t n_draws
        cbool changed
        const double* norms
        double* load
        double* own
    void seat(const int32_t*, const CMembers&)
    int64_t c_polish "fastsplit::polish"(Cpu, const CUnits&, const CFolds&, const int64_t*, CRange, const CMembers&,
                                         CPolishing*, int32_t*)

cdef extern from "tally.hpp" namespace "fastsplit" nogil:
    cdef struct CKeptKeys "fastsplit::KeptKeys":
        uint64_t* keys
        uint32_t* cells
        int64_t size
        int64_t capacity
    cdef struct CBandTable "fastsplit::BandTable":
        CCutTable bands
        CCutBands around
    cdef struct CKeyRows "fastsplit::KeyRows":
        const int64_t* starts
        const uint64_t* keys
    cdef struct CTallySide "fastsplit::TallySide":
        CKeyRows rows
        const int64_t* of_class
        const int64_t* below
        const uint64_t* low
    cdef struct CMergeRoom "fastsplit::MergeRoom":
        int64_t* at
        uint64_t* spare
        uint32_t* ends
    cdef struct CMergedTally "fastsplit::MergedTally":
        const uint64_t* low
        const uint64_t* high
        int64_t width
        int64_t* below
        int64_t* starts
        uint64_t* keys
    const int64_t kBucketsPerKey
    int64_t c_tally "fastsplit::tally"(Cpu, const CLabels&, const CClassTable&, const CBandTable&, const CKeys&, int64_t,
                                       CRange, int64_t*, CKeptKeys*)
    void tally_arrange(const CKeptKeys&, int64_t*, uint64_t*)
    void tally_sort(const int64_t*, CRange, uint64_t*, uint64_t*, uint32_t*)
    void tally_below(const CKeyRows&, const uint64_t*, int64_t, CRange, int64_t*)
    int64_t c_tally_merge "fastsplit::tally_merge"(const CTallySide*, int64_t, int64_t, const CMergedTally&,
                                                    const CMergeRoom&)
    int64_t most_keys(const CTallySide*, int64_t, int64_t)
