"""All attacks in one list: how each file is made, what it is called in Chinese, and why it must be refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from inspect import getdoc

from fieldapp.reports.blocks import Brand
from fieldapp.reports.verdicts import VerificationReport
from fieldapp.reports.verification import verify
from tests.attacks import authorities as a
from tests.attacks import genuine
from tests.attacks import insiders as i
from tests.attacks import renewals as n
from tests.attacks import revisions as r
from tests.attacks import spelling as s

__all__ = ["ATTACKS", "Attack", "judged", "reasons"]


@dataclass(frozen=True)
class Attack:
    """One attacked file: its maker (whose docstring says what it does and where it is published), its Chinese name, the reason."""

    make: Callable[[], bytes]
    zh: str
    reason: str

    @property
    def name(self) -> str:
        """Its name as a file and in the table."""
        return self.make.__name__

    @property
    def words(self) -> str:
        """What it does and where it is published, on one line."""
        return " ".join((getdoc(self.make) or "").split())


def judged(pdf: bytes, at: datetime | None = None) -> VerificationReport:
    """The verdict of `fieldapp verify` on a file."""
    return verify(pdf, (genuine.root(),), at, brand=Brand())


def reasons(report: VerificationReport) -> list[str]:
    """Every reason (English templates) against a file."""
    missing = ["Expected signatures are missing: {missing}"] if report.missing else []
    return [each.text for each in (*report.problems, *(p for v in report.signatures for p in v.problems))] + missing


_AFTER = "Bytes follow after the last signature: the file was changed after it was signed."
_CHANGED = "The file was changed after it was signed."
_COVER = "A signature does not cover what stands before it."
_EXACTLY = "A signature does not fill its place exactly."
_FITS = "The signature does not fit the file."
_KIND = "The signature is not of the kind that its place expects."
_MORE = "A signature's revision changes more than its own place."
_REVISIONS = "The file has revisions that no signature accounts for."
_ROOT = "The certificate does not lead to a known root, is expired, or its state is unknown."
_SPELLED = "A signature is spelled in a way this program never writes."
_TABLE = "A signature's revision is spelled in a way this program never writes."
_STAMP = "The time-stamp is not from a trusted authority."
_STAMP_LAST = "The time-stamp is not the last revision."
_STATED = "The stated time of signing lies outside of the certificate's validity."
_TWIN = "A signature is the twin of the one that was made: it holds, but this program never writes it."
_LOST = "The time-stamp had lost its worth on {until}, before it was renewed."
_ORDER = "The signatures are not in the template's order."
_CERTIFIES = "The engineer's signature does not certify the file."

_BYTES = (
    Attack(s.bit_flipped, "页面中改动一位", _CHANGED),
    Attack(s.trailing_bytes, "文件末尾追加字节", _AFTER),
    Attack(s.leading_bytes, "文件头之前加入另一种格式", _AFTER),
    Attack(s.padding_flipped, "改动签名后的填充", _EXACTLY),
    Attack(s.hex_case_flipped, "签名十六进制改为大写", _SPELLED),
    Attack(s.stamp_padding_flipped, "改动时间戳后的填充", _EXACTLY),
    Attack(s.stamp_hex_case_flipped, "时间戳十六进制改为大写", _SPELLED),
    Attack(s.stamp_flipped, "改动时间戳中的时刻", _CHANGED),
    Attack(s.byte_range_renamed, "USF:ByteRange 改用转义写法", _AFTER),
    Attack(s.byte_range_missing, "USF:去掉 ByteRange", _AFTER),
    Attack(s.byte_range_null, "USF:ByteRange 为空", _SPELLED),
    Attack(s.byte_range_negative, "USF:ByteRange 为负数", _SPELLED),
    Attack(s.contents_missing, "USF:去掉 Contents", _CHANGED),
    Attack(s.contents_null, "USF:Contents 为空", _EXACTLY),
    Attack(s.contents_zero, "USF:Contents 全为零", _EXACTLY),
    Attack(s.wrapped, "SWA:移动已签名部分", _COVER),
    Attack(s.twin_of_a_signature, "客户签名的孪生写法 (r, n−s)", _TWIN),
    Attack(s.twin_of_a_stamp, "时间戳签名的孪生写法 (r, n−s)", _TWIN),
    Attack(s.psychic_signature, "全零签名 (0, 0)", _FITS),
    Attack(s.numbers_in_long_form, "签名数值加前导零", _FITS),
    Attack(s.unsigned_attribute_added, "加入未签名属性", _SPELLED),
    Attack(s.signed_attributes_dropped, "去掉已签名属性", _CHANGED),
    Attack(s.digest_named_sha1, "改称 SHA-1", _SPELLED),
)

_APPENDED = (
    Attack(r.overpainted, "ISA:增量更新遮盖页面", _AFTER),
    Attack(r.overpainted_after_the_stamp, "ISA:时间戳之后遮盖页面", _AFTER),
    Attack(r.update_without_table, "ISA:无交叉引用表的更新", _AFTER),
    Attack(r.update_that_looks_signed, "ISA:更新中重复签名", _COVER),
    Attack(r.page_dropped, "更新中去掉一页", _AFTER),
    Attack(r.annotated, "EAA:客户签字前用注释遮盖", _AFTER),
    Attack(r.annotated_after_signing, "EAA:签完后用注释遮盖", _AFTER),
    Attack(r.sneaky_signature, "SSA:新签名域遮盖正文", _AFTER),
    Attack(r.photo_replaced, "影子攻击:替换照片", _AFTER),
    Attack(r.font_replaced, "影子攻击:替换字体", _AFTER),
    Attack(r.hidden_layer_shown, "影子攻击:打开隐藏图层", _AFTER),
    Attack(r.strokes_replaced, "影子攻击:替换笔迹", _AFTER),
    Attack(r.strokes_without_signature, "只画笔迹不签名", _AFTER),
    Attack(r.field_pointed_elsewhere, "客户位置指向工程师签名", _AFTER),
    Attack(r.script_added, "加入脚本", _AFTER),
    Attack(r.data_replaced, "替换附带数据", _AFTER),
    Attack(r.metadata_changed, "改动文件信息", _AFTER),
    Attack(r.rolled_back_to_the_engineer, "退回到仅有工程师签名", "Expected signatures are missing: {missing}"),
    Attack(r.rolled_back_to_nothing, "退回到没有签名", "The file bears no signature."),
    Attack(r.cut_inside_a_revision, "在修订中间截断", _AFTER),
    Attack(r.look_alike, "外观相同但没有签名", _SPELLED),
    Attack(r.store_extended, "时间戳之后加入证书", _AFTER),
    Attack(r.stamped_again_by_a_stranger, "外人再加一个时间戳", _MORE),
    Attack(r.table_in_a_circle, "交叉引用表成环", _AFTER),
)

_INSIDE = (
    Attack(i.overpainted_before_the_engineer, "影子攻击:工程师签名前遮盖", _REVISIONS),
    Attack(i.overpainted_before_the_customer, "影子攻击:客户签名前遮盖", _REVISIONS),
    Attack(i.annotated_before_the_customer, "EAA:注释夹在两个签名之间", _REVISIONS),
    Attack(i.photo_replaced_before_the_customer, "两个签名之间替换照片", _REVISIONS),
    Attack(i.second_content_in_wait, "影子攻击:预留对象后补内容", "The pages name something that is not in them."),
    Attack(i.other_tables_behind, "客户修订中另带全部交叉引用表", _TABLE),
    Attack(i.other_table_in_the_seal, "工程师修订中另带页面的交叉引用表", _TABLE),
    Attack(i.place_listed_twice, "客户修订中签字位置列出两次", _TABLE),
    Attack(i.object_that_no_table_names, "客户修订中藏有未列出的对象", _TABLE),
    Attack(i.page_freed, "客户修订中把页面内容标为空闲", _TABLE),
    Attack(i.pages_of_other_data, "页面与附带数据不一致", "The pages are not those that the data give."),
    Attack(i.version_that_never_was, "声称不存在的页面版本", "The attached data are not those of the pages."),
    Attack(i.page_moved_in_the_revision, "工程师签名的修订中换掉页面", _MORE),
    Attack(i.field_enlarged, "客户签名域放大遮盖正文", _MORE),
    Attack(i.engineers_field_enlarged, "工程师签名域放大遮盖正文", _MORE),
    Attack(i.other_place_drawn, "客户修订中重画工程师位置", _MORE),
    Attack(i.places_of_both_drawn_at_once, "工程师修订中先画客户笔迹", _MORE),
    Attack(i.metadata_in_the_revision, "客户修订中改动文件信息", _MORE),
    Attack(i.xmp_in_the_revision, "客户修订中改动 XMP", _MORE),
    Attack(i.store_in_the_revision, "客户修订中自带证书库", _STAMP_LAST),
    Attack(i.one_more_place, "SSA:多出一个签名位置", "The places for signatures are not those of the template."),
    Attack(i.certified_for_annotations, "认证签名允许注释", _CERTIFIES),
    Attack(i.not_certified, "工程师未作认证签名", _CERTIFIES),
    Attack(i.not_locked, "最后一个签名未锁定", "The last signature does not lock the file."),
    Attack(i.customer_first, "客户先于工程师签名", _ORDER),
    Attack(i.other_content_named, "笔迹绑定另一内容", "The signature names another content."),
    Attack(i.seal_instead_of_strokes, "客户位置没有笔迹", _KIND),
    Attack(i.clock_set_back, "时钟回拨", "The laptop's clock went back between two signatures."),
    Attack(i.signed_after_the_stamp, "签名时间晚于可信时间", "The stated time of signing is later than the trusted time."),
    Attack(i.signed_before_the_certificate, "签名时间早于证书生效", _STATED),
    Attack(i.device_expired, "设备证书已过期", _STATED),
    Attack(i.device_not_yet_valid, "设备证书尚未生效", _STATED),
    Attack(i.device_revoked, "设备证书已吊销", "The laptop's certificate was revoked."),
)

_OUTSIDE = (
    Attack(a.same_names_from_another_authority, "另一 CA 的同名证书", _ROOT),
    Attack(a.root_carried_along, "文件自带根证书", _ROOT),
    Attack(a.name_that_moves_the_cursor, "姓名中含终端控制字符", _ROOT),
    Attack(a.data_that_unpack_to_gigabytes, "附带数据解压后极大", "The file cannot be read as a report."),
    Attack(a.customer_signed_by_a_stranger, "客户位置由外人签名", _ROOT),
    Attack(a.stamped_by_a_stranger, "外人的时间戳", _STAMP),
    Attack(a.stamped_by_a_laptop, "用设备密钥盖时间戳", _STAMP),
    Attack(a.sealed_with_the_stamping_key, "用时间戳密钥签报告", "The certificate is not one for signing reports."),
    Attack(a.stamped_before_all_signed, "未签完就盖时间戳", "The time-stamp was set before all had signed."),
    Attack(a.device_as_authority, "用设备证书签发证书", _ROOT),
    Attack(a.signature_of_another_report, "换上另一份报告的签名", _CHANGED),
    Attack(a.pages_of_another_report, "签名接到另一份报告的页面", _AFTER),
    Attack(a.curve_ball, "自定义曲线的根证书 (CurveBall)", _ROOT),
)

_RENEWED = (
    Attack(n.renewed_by_a_stranger, "外人为时间戳续期", _STAMP),
    Attack(n.renewed_by_a_laptop, "用设备密钥续期", _STAMP),
    Attack(n.renewal_of_other_bytes, "换上另一份报告的续期时间戳", _CHANGED),
    Attack(n.renewal_with_another_imprint, "续期时间戳针对其他字节", _CHANGED),
    Attack(n.renewed_after_overpainting, "ISA:遮盖页面后续期", _REVISIONS),
    Attack(n.renewed_on_changed_pages, "页面改动一位后续期", _CHANGED),
    Attack(n.page_moved_in_the_renewal, "续期修订中改动页面", _MORE),
    Attack(n.renewal_that_drops_the_store, "续期修订中换掉证书库", _MORE),
    Attack(n.renewed_too_late, "首个时间戳证书到期后才续期", _LOST),
    Attack(n.renewed_after_its_key_was_lost, "首个时间戳密钥吊销后才续期", _LOST),
    Attack(
        n.never_renewed,
        "时间戳证书到期而未续期",
        "The time-stamp held until {until} and was not renewed here. Ask the company for its latest copy.",
    ),
    Attack(n.renewed_before_it_was_stamped, "续期时间早于首个时间戳", "The time-stamps are not in the order of their times."),
    Attack(n.first_stamp_left_out, "没有首个时间戳却有续期", _ORDER),
    Attack(n.signed_after_the_renewal, "签名时间介于时间戳与续期之间", "The stated time of signing is later than the trusted time."),
)

ATTACKS = (*_BYTES, *_APPENDED, *_INSIDE, *_OUTSIDE, *_RENEWED)
