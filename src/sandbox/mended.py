"""Where an emulator differs from AWS in what people and tests see, AWS's way.

Everything here stands on what AWS's models and answers say. Each piece names what the emulator does without it.
"""

import hashlib
import re
import threading

# The images that `image:` has names for and MiniStack has none for: the public parameter, the name of the image, its
# owner, and the disk that it boots from.
IMAGES = [
    (f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{processor}", f"al2023-ami-2023-{processor}",
     "137112412989", "/dev/xvda")
    for processor in ["x86_64", "arm64"]
]
for version, word in [("26.04", "resolute"), ("24.04", "noble"), ("22.04", "jammy")]:
    disks = "gp2" if version == "22.04" else "gp3"
    for processor in ["amd64", "arm64"]:
        IMAGES.append((
            f"/aws/service/canonical/ubuntu/server/{version}/stable/current/{processor}/hvm/ebs-{disks}/ami-id",
            f"ubuntu/images/hvm-ssd/ubuntu-{word}-{version}-{processor}-server", "099720109477", "/dev/sda1"))
for version in ["13", "12"]:
    for processor in ["amd64", "arm64"]:
        IMAGES.append((f"/aws/service/debian/release/{version}/latest/{processor}", f"debian-{version}-{processor}",
                       "136693071363", "/dev/xvda"))


def image_id(parameter):
    """The same id for the same parameter, in whatever process."""
    return "ami-" + hashlib.sha256(parameter.encode()).hexdigest()[:17]


def public_parameters():
    """MiniStack knows two names of Amazon Linux, and no other image. Of those two Moto has no image."""
    from ministack.services import ssm

    for parameter, *_ in IMAGES:
        ssm._PUBLIC_AMI_PARAMETERS[parameter] = image_id(parameter)


def images():
    """The images behind those names, whose disk has 8 GiB; Moto's own all have 15."""
    from moto.ec2.models import amis

    for parameter, name, owner, root in IMAGES:
        amis.AMIS.append({
            "ami_id": image_id(parameter), "name": name, "description": name, "owner_id": owner, "public": True,
            "architecture": "arm64" if "arm64" in name else "x86_64", "root_device_name": root,
            "root_device_type": "ebs", "virtualization_type": "hvm", "hypervisor": "xen", "state": "available",
            "image_type": "machine", "sriov": "simple", "platform": None, "tags": {},
        })
    own = {image_id(parameter) for parameter, *_ in IMAGES}
    mappings = amis.Ami.block_device_mappings.fget

    def with_8_gib(ami):
        found = mappings(ami)
        if ami.id in own:
            found[0]["Ebs"].update(VolumeSize=8, VolumeType="gp3", DeleteOnTermination=True)
        return found

    amis.Ami.block_device_mappings = property(with_8_gib)


def root_disks():
    """Moto's instances that say nothing of their disks have one as /dev/sda1, whatever device their image names."""
    from moto.ec2.models import instances

    def with_the_images(instance):
        backend = instance.ec2_backend
        disk = backend.create_volume(size=8, zone_name=instance._placement.zone, volume_type="gp3")
        backend.attach_volume(disk.id, instance.id, instance.root_device_name, True)

    instances.Instance.setup_defaults = with_the_images


def rule_descriptions():
    """Moto forgets the description of a rule whose other side is a group or a prefix list."""
    from moto.ec2.models import security_groups

    rule = security_groups.SecurityGroupRule
    make, update = rule.__init__, security_groups.SecurityGroupBackend._sg_update_description

    def made(self, backend, protocol, group, first, last, addresses, source=None, prefix_list=None, **named):
        side = dict(source or prefix_list or {})
        # A rule is another by its traffic alone.
        self.said = side.pop("Description", None)
        source = side if source else None
        make(self, backend, protocol, group, first, last, addresses, source, prefix_list, **named)

    def updated(self, wanted, there):
        update(self, wanted, there)
        if there.source_group or there.prefix_list_id:
            there.said = wanted.said

    def with_descriptions(group, rules):
        views = {}
        for one in rules:
            traffic = one.from_port, one.to_port, one.ip_protocol
            view = views.setdefault(traffic, security_groups.GroupedSecurityRuleView(*traffic))
            said = {"Description": one.description} if one.description else {}
            if one.ip_range:
                view.all_ip_ranges.append(one.ip_range)
            if one.source_group:
                view.source_groups.append({**one.source_group, **said})
            if one.prefix_list_id:
                view.prefix_list_ids.append({"PrefixListId": one.prefix_list_id, **said})
        return list(views.values())

    rule.__init__ = made
    security_groups.SecurityGroup._flattened_rules = with_descriptions
    rule.description = property(lambda self: self.ip_range.get("Description") or getattr(self, "said", None))
    security_groups.SecurityGroupBackend._sg_update_description = updated


def operations_of_disks():
    """Each gp2 disk says how many operations a second follow from its size, and a gp3 says 3000; Moto's say none."""
    from moto.ec2.models import elastic_block_store

    def iops(volume):
        if volume.volume_type == "gp2":
            return min(max(100, 3 * int(volume.size)), 16000)
        return volume.__dict__.get("iops") or (3000 if volume.volume_type == "gp3" else None)

    def set_iops(volume, value):
        volume.__dict__["iops"] = value

    elastic_block_store.Volume.iops = property(iops, set_iops)


def users_and_groups():
    """Moto changes no path of a group alone, lists all groups whatever their path, forgets the boundary of a user, has no
    credentials for services, gives a password the date of its user, and deletes users and groups that AWS says must be
    empty first."""
    from moto.core.responses import ActionResult, EmptyResult
    from moto.core.utils import utcnow
    from moto.iam.exceptions import DeleteConflictException
    from moto.iam.models import IAMBackend, User
    from moto.iam.responses import IamResponse

    update, make = IAMBackend.update_group, IamResponse.create_user
    set_password = IAMBackend.create_login_profile
    delete_group, delete_user = IAMBackend.delete_group, IAMBackend.delete_user

    def updated(self, group_name, new_group_name, new_path):
        update(self, group_name, new_group_name, new_path)
        if new_path:
            self.get_group(new_group_name or group_name).path = new_path

    def listed(self):
        prefix = self._get_param("PathPrefix") or "/"
        return ActionResult({"Groups": [one for one in self.backend.list_groups() if one.path.startswith(prefix)]})

    def boundary(user):
        arn = getattr(user, "boundary", None)
        return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn} if arn else None

    def made(self):
        answer = make(self)
        self.backend.get_user(self._get_param("UserName")).boundary = self._get_param("PermissionsBoundary")
        return answer

    def put(self):
        self.backend.get_user(self._get_param("UserName")).boundary = self._get_param("PermissionsBoundary")
        return EmptyResult()

    def taken(self):
        self.backend.get_user(self._get_param("UserName")).boundary = None
        return EmptyResult()

    def of_services(self):
        self.backend.get_user(self._get_param("UserName"))
        return ActionResult({"ServiceSpecificCredentials": []})

    def password_set(self, user_name, password):
        user = set_password(self, user_name, password)
        user.password_date = utcnow()
        return user

    def login_profile(user, must_reset):
        return ActionResult({"LoginProfile": {
            "UserName": user.name, "CreateDate": user.password_date, "PasswordResetRequired": must_reset}})

    def profile_made(self):
        user = self.backend.create_login_profile(self._get_param("UserName"), self._get_param("Password"))
        user.password_reset_required = self._get_bool_param("PasswordResetRequired", False)
        return login_profile(user, user.password_reset_required)

    def profile_got(self):
        user = self.backend.get_login_profile(self._get_param("UserName"))
        return login_profile(user, user.password_reset_required)

    def group_deleted(self, group_name):
        group = self.groups.get(group_name)
        if group and group.users:
            raise DeleteConflictException("Cannot delete entity, must remove users from group first.")
        if group and group.managed_policies:
            raise DeleteConflictException("Cannot delete entity, must detach all policies first.")
        if group and group.policies:
            raise DeleteConflictException("Cannot delete entity, must delete policies first.")
        delete_group(self, group_name)

    def user_deleted(self, user_name):
        user = self.get_user(user_name)
        for there, what in (
            (user.password, "delete login profile"), (user.access_keys, "delete access keys"),
            (user.mfa_devices, "delete MFA device"), (user.signing_certificates, "delete signing certificates"),
            (user.ssh_public_keys, "delete SSH public keys"),
            (self.get_groups_for_user(user_name), "remove users from group"),
        ):
            if there:
                raise DeleteConflictException(f"Cannot delete entity, must {what} first.")
        delete_user(self, user_name)

    IAMBackend.update_group, IAMBackend.delete_group, IAMBackend.delete_user = updated, group_deleted, user_deleted
    IamResponse.list_groups, IamResponse.create_user, User.permissions_boundary = listed, made, property(boundary)
    IamResponse.put_user_permissions_boundary, IamResponse.delete_user_permissions_boundary = put, taken
    IamResponse.list_service_specific_credentials = of_services
    IAMBackend.create_login_profile = password_set
    IamResponse.create_login_profile, IamResponse.get_login_profile = profile_made, profile_got


def recycle_bin():
    """Nothing is in the Recycle Bin; Moto has none."""
    from moto.core.responses import ActionResult
    from moto.ec2.responses import EC2Response

    EC2Response.list_volumes_in_recycle_bin = lambda self: ActionResult({"Volumes": []})


def sorts_in_tags():
    """DescribeTags calls some resources otherwise than AWS does (API: ResourceType of EC2)."""
    from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE

    EC2_PREFIX_TO_RESOURCE.update({
        "eipalloc": "elastic-ip", "fl": "vpc-flow-log", "h": "dedicated-host", "nat": "natgateway", "pl": "prefix-list",
        "sir": "spot-instances-request",
    })


def one_request_at_a_time():
    """Moto works on requests to EC2 side by side, and shows an instance before its disks exist and have their tags."""
    from moto.ec2.responses import EC2Response

    lock, answer = threading.Lock(), EC2Response.call_action

    def answered(self):
        with lock:
            return answer(self)

    EC2Response.call_action = answered


def functions_called_url():
    """MiniStack takes /functions/url-shortener for the address of a function."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import lambda_svc

    handle = lambda_svc.handle_request

    async def handled(method, path, headers, body, query_params):
        name = re.search(r"(/functions/)(url[^/]*)", path)
        if name:
            arn = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{name[2]}"
            path = path[:name.start(2)] + arn + path[name.end(2):]
        return await handle(method, path, headers, body, query_params)

    lambda_svc.handle_request = handled


def mend(module):
    """Mends the emulator that the module will run, before it is loaded."""
    if module == "moto.server":
        images()
        root_disks()
        rule_descriptions()
        operations_of_disks()
        recycle_bin()
        users_and_groups()
        sorts_in_tags()
        one_request_at_a_time()
    else:
        public_parameters()
        functions_called_url()
